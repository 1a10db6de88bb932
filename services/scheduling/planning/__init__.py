"""Drafts of what could be booked now: courses, moves, visits. Reads only; booking is a command."""
