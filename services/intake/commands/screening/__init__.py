"""What is decided from what is on record, and by whom (domain A)."""
