"""The safety path (domain A.6)."""
