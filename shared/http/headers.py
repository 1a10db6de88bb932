"""Request headers of our own: strict readers that say what is wrong."""

import re
from uuid import UUID

from shared.db.unit_of_work import Position
from shared.problems import KEY_REQUIRED, VERSION_REQUIRED, problem_kind

HEADER_INVALID = problem_kind(
    "HEADER_INVALID", 400, "A request header does not have the right form", "Send the header named in params anew."
)
SERVICES = ("intake", "scheduling", "notifications", "billing")
_KEY = re.compile(r"[\x21-\x7e]{1,200}")
_ETAG = re.compile(r'"(0|[1-9]\d{0,17})"')
_MOST_POSITIONS = 16


def idempotency_key(value: str | None) -> str:
    """1 to 200 visible ASCII characters. Raises IDEMPOTENCY_KEY_REQUIRED, HEADER_INVALID."""
    if not value:
        raise KEY_REQUIRED()
    if not _KEY.fullmatch(value):
        raise _invalid("Idempotency-Key", "Idempotency-Key takes 1 to 200 visible ASCII characters")
    return value


def expected_version(if_match: str | None) -> int:
    """The version in a strong ETag such as `"7"`. Raises VERSION_REQUIRED, HEADER_INVALID."""
    if if_match is None:
        raise VERSION_REQUIRED()
    found = _ETAG.fullmatch(if_match.strip())
    if found is None:
        raise _invalid("If-Match", 'If-Match takes one strong ETag as it was sent, such as "7"')
    return int(found[1])


def positions(after: str | None) -> tuple[Position, ...]:
    """The positions in Stillwater-After: `<service>/<key>/<sequence>`, separated by commas. Raises HEADER_INVALID."""
    if after is None:
        return ()
    parts = after.split(",")
    if len(parts) > _MOST_POSITIONS:
        raise _invalid("Stillwater-After", f"Stillwater-After takes at most {_MOST_POSITIONS} positions")
    return tuple(_position(part.strip()) for part in parts)


def _position(text: str) -> Position:
    try:
        service, key, sequence = text.split("/")
        found = Position(service, UUID(key), int(sequence))
    except ValueError:
        raise _invalid("Stillwater-After", "Stillwater-After takes what Stillwater-Event said") from None
    if service not in SERVICES or not 0 < found.sequence < 2**63 or not sequence.isdecimal():
        raise _invalid("Stillwater-After", "Stillwater-After takes what Stillwater-Event said")
    return found


def _invalid(header: str, detail: str) -> Exception:
    return HEADER_INVALID(detail, params={"header": header})
