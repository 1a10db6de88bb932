"""May the next session of a course take place, after the ones before it (domain D.4)?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from services.scheduling.domain.care import Blocker, Order
from shared.calendar import within_wall_days
from shared.clinicfile.model import CourseTemplate

RESTART_AFTER_DAYS = 14


@dataclass(frozen=True, slots=True)
class History:
    """The sessions of a course before one of them. `dosed_at` are all moments at which a dose really began, and
    `last_dosed_at` the last of them, None for none."""

    earlier_open: int = 0
    last_dosed_at: datetime | None = None
    reviewed_at: datetime | None = None
    dosed_at: tuple[datetime, ...] = ()

    @property
    def first_dosed_at(self) -> datetime | None:
        return min(self.dosed_at, default=None)


_OPEN = Blocker("EARLIER_SESSION_OPEN", "frontdesk", "An earlier session of the course is open; settle it first.")
_REVIEW = Blocker("GAP_REVIEW", "clinician", "The last session is long ago; a clinician reviews the course first.")
_RESTART = Blocker(
    "GAP_RESTART", "clinician", "The last session is too long ago: review the course and sign a new order."
)


def continuity_blockers(
    history: History, order: Order | None, template: CourseTemplate, zone: str, now: datetime
) -> Iterator[Blocker]:
    """An earlier session that is open, and a gap that asks for a review (8 to 14 d) or a new start (above 14 d).

    A review after the last session settles the first; the second needs a later order as well.
    """
    if history.earlier_open:
        yield _OPEN
    last = history.last_dosed_at
    if last is None or within_wall_days(last, now, template.max_gap_days, zone):
        return
    reviewed = history.reviewed_at is not None and history.reviewed_at > last
    if within_wall_days(last, now, max(RESTART_AFTER_DAYS, template.max_gap_days), zone):
        if not reviewed:
            yield _REVIEW
    elif not reviewed or order is None or order.signed_at <= last:
        yield _RESTART
