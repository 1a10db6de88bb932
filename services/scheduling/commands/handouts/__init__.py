"""What leaves the house for those who work there."""
