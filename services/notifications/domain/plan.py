"""The message plan (domain E.1) and what happens to a message when it is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.notifications.domain.consent import Ruling
from services.notifications.domain.quiet_hours import QuietHours, next_allowed, recipient_zone

SMS = "SMS"
CARE = "CARE"
CRISIS = "CRISIS"
AUTO = "AUTO"
ASK_AGAIN = timedelta(minutes=15)
RETRY_AFTER = timedelta(hours=1)


class State(StrEnum):
    """Where a message stands. SENDING: cleared to go, or on its way. UNKNOWN: the provider's answer was lost."""

    PLANNED = "PLANNED"
    HELD = "HELD"
    SENDING = "SENDING"
    UNKNOWN = "UNKNOWN"
    SENT = "SENT"
    FAILED = "FAILED"
    DROPPED = "DROPPED"


class Why(StrEnum):
    """Why a message waits, was dropped or failed."""

    CANCELLED = "CANCELLED"
    SUPERSEDED = "SUPERSEDED"
    TOO_LATE = "TOO_LATE"
    SAFETY_CONCERN = "SAFETY_CONCERN"
    EVENTS_WAITING = "EVENTS_WAITING"
    OPTED_OUT = "OPTED_OUT"
    CONTACT_UNKNOWN = "CONTACT_UNKNOWN"
    NO_CLINIC_FILE = "NO_CLINIC_FILE"
    QUIET_HOURS = "QUIET_HOURS"
    NO_NUMBER = "NO_NUMBER"
    NO_CONSENT = "NO_CONSENT"
    NO_TEMPLATE = "NO_TEMPLATE"
    CONTENT = "CONTENT"
    PROVIDER_AWAY = "PROVIDER_AWAY"
    UNREACHABLE = "UNREACHABLE"


@dataclass(frozen=True, slots=True)
class Next:
    """What to do with a due message: its new state, why, and when to look again (None: never by itself)."""

    state: State
    why: Why | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who would get the text: the zone of their profile, and what the ledger rules; no ruling means no number."""

    zone: str | None
    ruling: Ruling | None


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the clinic's file says about times."""

    zone: str
    quiet: QuietHours


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a text of the plan is due. `recipient` and `clinic` are None while nobody told of them."""

    now: datetime
    stale_at: datetime
    cancelled: bool
    superseded: bool
    concern_open: bool
    events_waiting: bool
    recipient: Recipient | None
    clinic: Clinic | None


def is_first_visit(session_number: int | None) -> bool:
    """N05 confirms a booking once: a course is one booking, and its first session speaks for the others."""
    return session_number in (None, 1)


def decide_reply(now: datetime, stale_at: datetime) -> Next:
    """Automatic and crisis replies answer the patient's own text: they pass consent, holds and quiet hours (E.2)."""
    return Next(State.DROPPED, Why.TOO_LATE) if now >= stale_at else Next(State.SENDING)


def decide(s: Situation) -> Next:
    """What to do with a text of the plan that is due."""
    if over := _over(s):
        return over
    if s.concern_open:
        return Next(State.HELD, Why.SAFETY_CONCERN, s.stale_at)
    if s.events_waiting:
        return _look_again(s, Why.EVENTS_WAITING)
    if s.recipient is None:
        return Next(State.HELD, Why.CONTACT_UNKNOWN, s.stale_at)
    return _refused(s, s.recipient) or _timed(s, s.recipient)


def _over(s: Situation) -> Next | None:
    if s.cancelled or s.superseded:
        return Next(State.DROPPED, Why.CANCELLED if s.cancelled else Why.SUPERSEDED)
    return Next(State.DROPPED, Why.TOO_LATE) if s.now >= s.stale_at else None


def _refused(s: Situation, recipient: Recipient) -> Next | None:
    if recipient.ruling is None:
        return Next(State.FAILED, Why.NO_NUMBER)
    if recipient.ruling is Ruling.OPTED_OUT:
        return Next(State.HELD, Why.OPTED_OUT, s.stale_at)
    return Next(State.FAILED, Why.NO_CONSENT) if recipient.ruling is Ruling.NO_CONSENT else None


def _timed(s: Situation, recipient: Recipient) -> Next:
    if s.clinic is None:
        return _look_again(s, Why.NO_CLINIC_FILE)
    allowed = next_allowed(s.now, recipient_zone(recipient.zone, s.clinic.zone), s.clinic.quiet)
    if allowed <= s.now:
        return Next(State.SENDING)
    return Next(State.PLANNED, Why.QUIET_HOURS, min(allowed, s.stale_at))


def _look_again(s: Situation, why: Why) -> Next:
    return Next(State.PLANNED, why, min(s.now + ASK_AGAIN, s.stale_at))
