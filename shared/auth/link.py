"""Tokens of one-time links: 256 random bits in the link, only their digest in the database."""

import hashlib
import secrets


def new_link_token() -> str:
    """A new token for a link, URL-safe text of 43 characters."""
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    """What is stored of a token: SHA-256 in hex. A token this long needs no salt and no slow hash."""
    return hashlib.sha256(token.encode()).hexdigest()
