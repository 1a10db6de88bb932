"""The second person (domain H.4): somebody else, allowed to do this here, known by an own PIN."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from shared.clinicfile.controlled import ControlledPolicy

WITNESS_ROLES = ("nurse", "clinician", "director")


class Verdict(StrEnum):
    """What asking for a PIN gave. Only RIGHT is a witness."""

    RIGHT = "RIGHT"
    IS_ACTOR = "WITNESS_IS_ACTOR"
    NO_PIN = "PIN_NOT_SET"
    TOO_OLD = "PIN_TOO_OLD"
    NOT_HERE = "WITNESS_NOT_AUTHORISED"
    LOCKED = "PIN_LOCKED"
    WRONG = "PIN_WRONG"


@dataclass(frozen=True, slots=True)
class PinKept:
    """What is known of somebody's PIN beside its hash: roles of the day it was set, wrong tries in a row."""

    set_at: datetime
    roles: frozenset[tuple[UUID, str]]
    tries: int
    locked_until: datetime | None


@dataclass(frozen=True, slots=True)
class Tried:
    """What is kept after a try."""

    verdict: Verdict
    tries: int
    locked_until: datetime | None


def before_trying(kept: PinKept | None, clinic_id: UUID, now: datetime, policy: ControlledPolicy) -> Verdict | None:
    """What refuses a witness whatever the PIN; None: try it."""
    if kept is None:
        return Verdict.NO_PIN
    if kept.locked_until is not None and kept.locked_until > now:
        return Verdict.LOCKED
    if not any((clinic_id, role) in kept.roles for role in WITNESS_ROLES):
        return Verdict.NOT_HERE
    if kept.set_at + timedelta(days=policy.pin_valid_days) <= now:
        return Verdict.TOO_OLD
    return None


def after_trying(kept: PinKept, *, right: bool, now: datetime, policy: ControlledPolicy) -> Tried:
    """A right PIN forgets wrong ones; so many wrong ones in a row lock it for a while, and counting begins anew."""
    if right:
        return Tried(Verdict.RIGHT, 0, None)
    tries = kept.tries + 1
    if tries < policy.pin_tries:
        return Tried(Verdict.WRONG, tries, None)
    return Tried(Verdict.LOCKED, 0, now + timedelta(minutes=policy.pin_lock_minutes))
