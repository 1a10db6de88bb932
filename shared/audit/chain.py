"""How one audit row hangs on the one before: a keyed digest over its number, its content and the digest before it.

The key is not in the database, so who can only write there cannot make a chain that holds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

from shared.derivedkeys import keyed_digest

START = bytes(32)
COLUMNS = (
    "id", "at", "organisation_id", "clinic_id", "actor_kind", "actor", "roles", "action", "resource", "resource_id",
    "resource_version", "patient_id", "reason", "source", "correlation_id", "outcome",
)  # fmt: skip
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Head:
    """Where a chain ends: the number of its last row, and that row's digest."""

    number: int
    digest: bytes


@dataclass(frozen=True, slots=True)
class Break:
    """Rows `first` to `last` are not what was written: EDITED, or MISSING."""

    first: int
    last: int
    why: Literal["EDITED", "MISSING"]


BEFORE_ALL = Head(0, START)


def digest_of(key: bytes, before: bytes, number: int, row: Row) -> bytes:
    """The digest of a row: 32 bytes. `row` holds COLUMNS as the database gives them."""
    content = json.dumps([_text(row[column]) for column in COLUMNS], ensure_ascii=False).encode()
    return keyed_digest(key, "audit chain", before + number.to_bytes(8, "big") + content)


def chained(key: bytes, head: Head, rows: Sequence[Row]) -> list[Head]:
    """The place of each of `rows`, in their order, behind `head`."""
    places = list[Head]()
    for row in rows:
        before = places[-1] if places else head
        number = before.number + 1
        places.append(Head(number, digest_of(key, before.digest, number, row)))
    return places


def breaks(key: bytes, before: Head | None, after: int, rows: Sequence[Row], until: Head | None) -> list[Break]:
    """What is wrong with consecutive rows of a chain, each with its `number` and `digest`, behind number `after`.

    `before` is the row numbered `after`, None when it is missing itself. `until` is where the chain says that it ends,
    given with its last rows. A row behind a missing one is taken at its own word, since what it hung on is gone.
    """
    found, known, expected = list[Break](), before, after + 1
    for row in rows:
        number: int = row["number"]
        if number > expected:
            found.append(Break(expected, number - 1, "MISSING"))
            known = None
        if known is not None and digest_of(key, known.digest, number, row) != row["digest"]:
            found.append(Break(number, number, "EDITED"))
        known, expected = Head(number, row["digest"]), number + 1
    return found + (_end(known, expected, until) if until else [])


def _end(known: Head | None, expected: int, until: Head) -> list[Break]:
    if until.number >= expected:
        return [Break(expected, until.number, "MISSING")]
    last = expected - 1
    return [] if known in (None, until) else [Break(min(until.number + 1, last), last, "EDITED")]


def _text(value: object) -> str | None:
    if value is None:
        return None
    return value.astimezone(UTC).isoformat() if isinstance(value, datetime) else str(value)
