"""Consents and papers (domain H.6)."""
