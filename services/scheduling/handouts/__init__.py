"""What leaves the house for those who work there, as it is made and shown."""
