"""What the SMS provider's words mean (domain E.4): statuses and their order, error codes, signatures."""

import base64
import hashlib
import hmac
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

_RANK = {
    "accepted": 0, "scheduled": 0, "queued": 1, "sending": 2, "sent": 3,
    "delivered": 4, "undelivered": 4, "failed": 4, "canceled": 4, "read": 5,
}  # fmt: skip
DELIVERED = frozenset({"delivered", "read"})
NOT_DELIVERED = frozenset({"undelivered", "failed", "canceled"})
OPTED_OUT = 21610
UNREACHABLE = 30003


class Consequence(StrEnum):
    """What follows from a failure besides that the message failed."""

    OPT_OUT = "OPT_OUT"
    RETRY_ONCE = "RETRY_ONCE"
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has the text; `sid` is its name for it. A later status may still say that it failed."""

    sid: str
    status: str
    error_code: int | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """The provider will not take this text."""

    code: int


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The provider certainly does not have the text: it could not be reached, or asked us to wait."""


@dataclass(frozen=True, slots=True)
class Lost:
    """Nobody knows: the request went out and no answer came."""


Answer = Accepted | Refused | NotTaken | Lost


def moves_on(current: str | None, new: str) -> bool:
    """Whether a status that arrived counts: only a higher rank does, in whatever order callbacks come. What is final
    stays, except that a delivered text may be read. A status we do not know counts for nothing."""
    if new not in _RANK or current in NOT_DELIVERED:
        return False
    return current is None or _RANK[new] > _RANK[current]


def consequence(error_code: int | None, retried: bool) -> Consequence:
    """21610: the number opted out at the provider. 30003: one more try an hour later."""
    if error_code == OPTED_OUT:
        return Consequence.OPT_OUT
    if error_code == UNREACHABLE and not retried:
        return Consequence.RETRY_ONCE
    return Consequence.NONE


def signature(token: str, url: str, form: Iterable[tuple[str, str]]) -> str:
    """`X-Twilio-Signature` of a form POST to exactly `url`, the public address that the provider called."""
    signed = url + "".join(name + value for name, value in sorted(set(form)))
    return base64.b64encode(hmac.new(token.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def signature_fits(token: str, url: str, form: Iterable[tuple[str, str]], sent: str) -> bool:
    """Compare in constant time."""
    return hmac.compare_digest(signature(token, url, form).encode(), sent.encode())
