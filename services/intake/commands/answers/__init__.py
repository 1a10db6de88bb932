"""What patients answer: forms, instruments, check-ins, and when they are due (domain B)."""
