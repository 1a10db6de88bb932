"""Requests and answers of intake's API: people, screening, care."""
