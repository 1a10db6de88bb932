"""The blind index of phone numbers: a number is found again without being stored in the clear."""

import hashlib
import hmac

from shared.settings import Settings


def number_index(settings: Settings, phone: str) -> str:
    """HMAC-SHA256 of an E.164 number under the index key, as hex. The same in every organisation: the provider's
    webhook tells a number and nothing else."""
    key = settings.index_key.get_secret_value()
    return hmac.new(key, b"notifications:phone:" + phone.encode(), hashlib.sha256).hexdigest()
