"""A draft as a register per question: every answer is kept, the one given last counts (whoever gave it, wherever).

What counts does not depend on the order in which answers arrive: a phone may send days later what it took down.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from services.intake.domain.observations import Source
from services.intake.domain.observed import Observed

Answers = Mapping[str, Any]
"""Question id -> answer as plain JSON; what was taken back has none."""


class Saved(Observed):
    """The sealed part of an answer. `asked` is the fingerprint of the question as it was worded then."""

    question: str
    answer: Any
    asked: str
    device: str | None = None


class Entry(NamedTuple):
    """One answer as it was given. `answered_at` is what the device's clock said, `recorded_at` ours."""

    id: UUID
    saved: Saved
    answered_at: datetime
    recorded_at: datetime
    source: Source
    by: str

    @property
    def given_at(self) -> datetime:
        """A clock that runs ahead of ours gives its answers no advantage."""
        return min(self.answered_at, self.recorded_at)

    @property
    def giver(self) -> tuple[str, str]:
        return self.by, self.saved.device or ""

    @property
    def text(self) -> str:
        return json.dumps(self.saved.answer, sort_keys=True)

    @property
    def key(self) -> tuple[str, datetime, tuple[str, str], str]:
        """The same for the very answer again, sent twice."""
        return self.saved.question, self.answered_at, self.giver, self.text


class Conflict(NamedTuple):
    """Givers whose latest answers to a question differ; the newest first, which is the one that counts."""

    question: str
    answers: Sequence[Entry]


def newest_first(entries: Iterable[Entry]) -> list[Entry]:
    """In the order of being given; where that is the same instant, in one that is the same for everybody."""
    return sorted(entries, key=lambda e: (e.given_at, e.answered_at, e.giver, e.text), reverse=True)


def standing(entries: Iterable[Entry]) -> dict[str, Entry]:
    """The answer to each question that counts; one that was taken back counts as not given."""
    found: dict[str, Entry] = {}
    for entry in newest_first(entries):
        found.setdefault(entry.saved.question, entry)
    return {question: entry for question, entry in found.items() if entry.saved.answer is not None}


def conflicts(entries: Iterable[Entry]) -> list[Conflict]:
    """Every question that people or devices answered differently, by its id."""
    latest: dict[str, dict[tuple[str, str], Entry]] = {}
    for entry in newest_first(entries):
        latest.setdefault(entry.saved.question, {}).setdefault(entry.giver, entry)
    given = {question: [e for e in by.values() if e.saved.answer is not None] for question, by in latest.items()}
    return [Conflict(q, answers) for q, answers in sorted(given.items()) if len({e.text for e in answers}) > 1]
