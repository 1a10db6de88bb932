"""Who works where, and when."""
