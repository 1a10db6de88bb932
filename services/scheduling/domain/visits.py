"""Visits that are no session, such as a consultation: when they may start, and who may book them (domain A.1)."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from services.scheduling.domain.care import Blocker, Care
from services.scheduling.domain.place import Block, Place, weekday
from shared.clinicfile.model import Opening
from shared.events.parts import Outcome


def free_starts(
    place: Place, days: Sequence[date], grid: timedelta, taken: Sequence[Block], now: datetime
) -> Iterator[Block]:
    """Every block on the grid that is open, in the future and not taken, in order of time."""
    for day in days:
        for start in open_starts(place, day, grid):
            block = Block(start, start + place.length)
            if start > now and not any(block.overlaps(other) for other in taken):
                yield block


def open_starts(place: Place, day: date, grid: timedelta) -> list[datetime]:
    """When the blocks on the grid that are open on a local day start, in order of time."""
    opening = place.hours.get(weekday(day))
    if opening is None or any(closure.covers(day) for closure in place.closures):
        return []
    first = place.opens_at(day, opening)
    if first is None:
        return list(_one_by_one(place, day, opening, grid))
    last = datetime.combine(day, opening.closes) - place.length
    many = (last - datetime.combine(day, opening.opens)) // grid + 1
    return [first + n * grid for n in range(many)]


def _one_by_one(place: Place, day: date, opening: Opening, grid: timedelta) -> Iterator[datetime]:
    """The same on a day whose clock changes."""
    at = datetime.combine(day, opening.opens)
    while at.date() == day and at.time() < opening.closes:
        if place.shut(day, at.time()) is None:
            yield place.block(day, at.time()).starts_at
        at += grid


_SAFETY = Blocker("SAFETY_CONCERN_OPEN", "clinician", "Please call the clinic; a clinician will talk with you first.")
_WAITING = Blocker("EVENTS_WAITING", "operator", "Not everything about this patient is known here yet.")
_NOT_SCREENED = Blocker("SCREENING_MISSING", "frontdesk", "The questionnaires have not been answered yet.")
_NOT_SELF = Blocker("SCREENING_NEEDS_A_CALL", "frontdesk", "After these answers the clinic calls; book with its staff.")


def self_service_blockers(care: Care) -> list[Blocker]:
    """Why a patient may not book a visit alone: a concern, or no modality that is ELIGIBLE or NEEDS_REVIEW (A.1)."""
    return [*moving_blockers(care), *_screened(care)]


def moving_blockers(care: Care) -> list[Blocker]:
    """Why a patient may not move an appointment alone."""
    return [*([_SAFETY] if care.open_concerns else []), *([_WAITING] if care.events_waiting else [])]


def _screened(care: Care) -> Iterator[Blocker]:
    if care.screening is None:
        yield _NOT_SCREENED
        return
    outcomes = care.screening.outcomes.values()
    possible = any(outcome.severity <= Outcome.NEEDS_REVIEW.severity for outcome in outcomes)
    if not possible or Outcome.EMERGENCY in outcomes:
        yield _NOT_SELF
