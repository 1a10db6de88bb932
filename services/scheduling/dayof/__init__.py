"""What was asked on the day of a session: read from its rows, and shown."""
