"""Keys derived from one configured secret, so that no two purposes ever share a key (HKDF-SHA256, RFC 5869)."""

import hashlib
import hmac
from functools import lru_cache

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


@lru_cache(maxsize=64)
def derived_key(master: bytes, purpose: str) -> bytes:
    """The 32-byte key for `purpose`; the same master and purpose give the same key."""
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=f"stillwater:{purpose}".encode()).derive(master)


def keyed_digest(master: bytes, purpose: str, message: bytes) -> bytes:
    """HMAC-SHA256 of `message` under the key for `purpose`."""
    return hmac.new(derived_key(master, purpose), message, hashlib.sha256).digest()
