"""Blind indexes of phone numbers and e-mail addresses: found again without being stored in the clear."""

import hashlib
import hmac

from shared.settings import Settings


def number_index(settings: Settings, phone: str) -> str:
    """HMAC-SHA256 of an E.164 number under the index key, as hex. The same in every organisation: the provider's
    webhook tells a number and nothing else."""
    return _digest(settings, f"notifications:phone:{phone}")


def address_index(settings: Settings, email: str) -> str:
    """HMAC-SHA256 of an e-mail address without case and surrounding space, as hex."""
    return _digest(settings, f"notifications:email:{email.strip().casefold()}")


def _digest(settings: Settings, value: str) -> str:
    return hmac.new(settings.index_key.get_secret_value(), value.encode(), hashlib.sha256).hexdigest()
