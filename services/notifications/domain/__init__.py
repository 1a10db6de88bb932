"""What notifications decides: pure functions, one idea per file."""
