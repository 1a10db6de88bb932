"""What happens to a message of the plan when it is due (domain E.1, E.2, E.5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from services.notifications.domain.caps import NEWS, Share, first_with_room
from services.notifications.domain.consent import Ruling
from services.notifications.domain.quiet_hours import QuietHours, next_allowed, recipient_zone

CARE = "CARE"
CRISIS = "CRISIS"
AUTO = "AUTO"
ASK_AGAIN = timedelta(minutes=15)
RETRY_AFTER = timedelta(hours=1)
WHOLE_COURSE_WITHIN = timedelta(minutes=15)


class Channel(StrEnum):
    """How a message goes."""

    SMS = "SMS"
    EMAIL = "EMAIL"


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
    COURSE_INCOMPLETE = "COURSE_INCOMPLETE"
    CAPPED = "CAPPED"
    ANSWERED = "ANSWERED"
    NO_NUMBER = "NO_NUMBER"
    NO_ADDRESS = "NO_ADDRESS"
    NO_CONSENT = "NO_CONSENT"
    NO_TEMPLATE = "NO_TEMPLATE"
    CONTENT = "CONTENT"
    PROVIDER_AWAY = "PROVIDER_AWAY"
    UNREACHABLE = "UNREACHABLE"
    ANSWER_LOST = "ANSWER_LOST"


@dataclass(frozen=True, slots=True)
class Next:
    """What to do with a due message: its new state, why, and when to look again (None: never by itself)."""

    state: State
    why: Why | None = None
    again_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Recipient:
    """Who would get it: the zone of their profile, and what the ledger rules about the channel; no ruling means that
    there is no number or address. `elsewhere`: another message says the same, or says that this one could not."""

    zone: str | None
    ruling: Ruling | None
    elsewhere: bool = False


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the clinic's file says about times."""

    zone: str
    quiet: QuietHours


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known when a message of the plan is due. `recipient` and `clinic` are None while nobody told of them.

    `cancelled` and `superseded`: the appointment or screening that it is about has changed since. `waits_for_course`:
    until when the other sessions of a course may still become known. `texts`: when ordinary texts went out, and when
    those are to go that this one leaves room for; `share`: how much of the caps it may use up.
    """

    now: datetime
    stale_at: datetime
    cancelled: bool
    superseded: bool
    concern_open: bool
    events_waiting: bool
    recipient: Recipient | None
    clinic: Clinic | None
    channel: Channel = Channel.SMS
    skip_when_quiet: bool = False
    waits_for_course: datetime | None = None
    texts: tuple[datetime, ...] = ()
    share: Share = NEWS


def decide_reply(now: datetime, stale_at: datetime) -> Next:
    """Automatic and crisis replies answer the patient's own text: they pass consent, holds and quiet hours (E.2)."""
    return Next(State.DROPPED, Why.TOO_LATE) if now >= stale_at else Next(State.SENDING)


def decide(s: Situation) -> Next:
    """What to do with a message of the plan that is due."""
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
    if recipient.ruling is Ruling.ALLOWED:
        return None
    if recipient.ruling is Ruling.OPTED_OUT and s.channel is Channel.SMS:
        return Next(State.HELD, Why.OPTED_OUT, s.stale_at)
    state = State.DROPPED if recipient.elsewhere else State.FAILED
    if recipient.ruling is None:
        return Next(state, Why.NO_NUMBER if s.channel is Channel.SMS else Why.NO_ADDRESS)
    return Next(state, Why.OPTED_OUT if recipient.ruling is Ruling.OPTED_OUT else Why.NO_CONSENT)


def _timed(s: Situation, recipient: Recipient) -> Next:
    if s.clinic is None:
        return _look_again(s, Why.NO_CLINIC_FILE)
    if s.waits_for_course is not None and s.now < s.waits_for_course:
        return Next(State.HELD, Why.COURSE_INCOMPLETE, min(s.waits_for_course, s.stale_at))
    if s.channel is Channel.EMAIL:
        return Next(State.SENDING)
    zone = recipient_zone(recipient.zone, s.clinic.zone)
    return _quiet(s, s.clinic.quiet, zone) or _capped(s, recipient, s.clinic.quiet, zone) or Next(State.SENDING)


def _quiet(s: Situation, quiet: QuietHours, zone: str) -> Next | None:
    allowed = next_allowed(s.now, zone, quiet)
    if allowed <= s.now:
        return None
    if s.skip_when_quiet:
        return Next(State.DROPPED, Why.QUIET_HOURS)
    return Next(State.PLANNED, Why.QUIET_HOURS, min(allowed, s.stale_at))


def _capped(s: Situation, recipient: Recipient, quiet: QuietHours, zone: str) -> Next | None:
    """What has no room waits for it; when that would be too late, it is said otherwise or left out."""
    room = first_with_room(s.now, s.texts, zone, s.share, quiet.ends)
    if room <= s.now:
        return None
    if room < s.stale_at - s.share.notice:
        return Next(State.PLANNED, Why.CAPPED, room)
    return Next(State.DROPPED if recipient.elsewhere or s.share.lapses else State.FAILED, Why.CAPPED)


def _look_again(s: Situation, why: Why) -> Next:
    return Next(State.PLANNED, why, min(s.now + ASK_AGAIN, s.stale_at))
