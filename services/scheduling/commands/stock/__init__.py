"""Controlled substances (domain H.4)."""
