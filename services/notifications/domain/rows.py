"""The message plan (domain E.1): which messages are owed for what happened, on which channels, when, until when.

Offsets in hours are elapsed time, days are local dates at 08:00; what is already past when it is planned is not owed
(E.5). Quiet hours bind texts and are looked at again when a text is due.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from services.notifications.domain.plan import Channel
from services.notifications.domain.quiet_hours import QuietHours, last_allowed, next_allowed, quiet_at

CONFIRMATION, CHANGE, AFTERCARE = "N05", "N06", "N11"
EARLIER, HELD_INSTEAD, LOST = "N18", "N18H", "N18L"  # an offer from the waitlist, of a re-plan, one that another has
OF_VISIT = (CONFIRMATION, CHANGE, "N08", "N09")
SKIPPED_WHEN_QUIET = ("N09",)
TEXT_ALONE = (EARLIER, LOST)  # no e-mail says the same
ASKS_FOR = {"CHECK_IN_24H": "N12", "CHECK_IN_72H": "N13"}  # the check-in's occasion: the row that asks for it
BOTH = (Channel.EMAIL, Channel.SMS)
LOCAL_MORNING = time(8)
ANSWERS_COME_IN_PARTS = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Owed:
    """One message to be planned: due at an instant, pointless from `stale_at` on."""

    plan_id: str
    channel: Channel
    due_at: datetime
    stale_at: datetime


@dataclass(frozen=True, slots=True)
class Clock:
    """The recipient's zone and the clinic's quiet hours."""

    zone: str
    quiet: QuietHours


def channels_of(plan_id: str) -> tuple[Channel, ...]:
    """The channels of a row of the plan. "email/print" is e-mail, else a page handed over by a person."""
    if plan_id in (CONFIRMATION, CHANGE, HELD_INSTEAD):
        return BOTH
    return (Channel.EMAIL,) if plan_id in ("N03", "N04", AFTERCARE) else (Channel.SMS,)


def is_first_visit(session_number: int | None) -> bool:
    """N05 confirms a booking once: a course is one booking, and its first session speaks for the others."""
    return session_number in (None, 1)


def told_now(plan_id: str, channels: Iterable[Channel], starts_at: datetime, now: datetime) -> list[Owed]:
    """A row on each of the channels, due now and pointless from a start on: N05 or N06 from that of the visit."""
    return [Owed(plan_id, channel, now, starts_at) for channel in channels if now < starts_at]


def reminders(starts_at: datetime, now: datetime, clock: Clock) -> list[Owed]:
    """N08 a day and N09 two hours before a visit. N09 is left out when its time is quiet."""
    return [owed for owed in _reminders(starts_at, clock) if now < owed.due_at]


def _reminders(starts_at: datetime, clock: Clock) -> Iterator[Owed]:
    day_before = _arriving_before_the_day(starts_at - timedelta(hours=24), starts_at, clock)
    yield Owed("N08", Channel.SMS, day_before, starts_at - timedelta(hours=2))
    today = starts_at - timedelta(hours=2)
    if not quiet_at(today, clock.zone, clock.quiet):
        yield Owed("N09", Channel.SMS, today, starts_at - timedelta(hours=1))


def _arriving_before_the_day(at: datetime, starts_at: datetime, clock: Clock) -> datetime:
    """A reminder shifts FORWARD; one that would then come on the day of the visit itself shifts BACKWARD."""
    here = ZoneInfo(clock.zone)
    later = next_allowed(at, clock.zone, clock.quiet)
    in_time = later.astimezone(here).date() < starts_at.astimezone(here).date()
    return later if in_time else last_allowed(at, clock.zone, clock.quiet)


def about_offer(starts_at: datetime, expires_at: datetime, now: datetime, *, waitlist: bool) -> list[Owed]:
    """N18, or N18H for a slot that is held: due now, pointless once the offer has ended or its slot begins."""
    plan_id = EARLIER if waitlist else HELD_INSTEAD
    return told_now(plan_id, channels_of(plan_id), min(starts_at, expires_at), now)


def after_loss(starts_at: datetime, now: datetime) -> list[Owed]:
    """N18L to whom N18 told of an earlier slot that somebody else has now, until that slot begins (D.4)."""
    return told_now(LOST, channels_of(LOST), starts_at, now)


def after_discharge(discharged_at: datetime, now: datetime) -> list[Owed]:
    """N11 at once, N12 a day and N13 three days after a discharge; each for a day."""
    after = (("N11", Channel.EMAIL, 0), ("N12", Channel.SMS, 24), ("N13", Channel.SMS, 72))
    owed = [
        Owed(plan, channel, discharged_at + timedelta(hours=hours), discharged_at + timedelta(hours=hours + 24))
        for plan, channel, hours in after
    ]
    return [one for one in owed if now < one.stale_at]


def after_screening(next_step: str, recheck_after: datetime | None, now: datetime, zone: str) -> list[Owed]:
    """N03 when a consultation can be booked or staff will call, N04 on the local date of `recheck_after`.

    N03 waits five minutes: questionnaire, PHQ-9 and readings each screen anew, and only the last is written about.
    """
    if next_step in ("BOOK_CONSULTATION", "STAFF_WILL_CALL"):
        return [Owed("N03", Channel.EMAIL, now + ANSWERS_COME_IN_PARTS, now + timedelta(days=7))]
    if next_step == "LOOK_AGAIN" and recheck_after is not None:
        day = recheck_after.astimezone(ZoneInfo(zone)).date()
        due_at = datetime.combine(day, LOCAL_MORNING, ZoneInfo(zone)).astimezone(UTC)
        return [Owed("N04", Channel.EMAIL, max(now, due_at), max(now, due_at) + timedelta(days=14))]
    return []
