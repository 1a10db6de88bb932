"""Timers: rows that say what is due when. Claimed by the worker's timer loop, handled in one transaction each."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Timer:
    """A due thing: `kind` picks the handler; it holds only while `aggregate_id` is still at `version`."""

    kind: str
    aggregate_id: UUID
    version: int
    due_at: datetime
    key: UUID
    organisation_id: UUID
    clinic_id: UUID | None
    correlation_id: UUID


class Stale(Exception):
    """A timer handler raises this when its guard no longer holds; the timer is settled as STALE, nothing is kept."""
