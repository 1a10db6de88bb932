"""The contact-consent ledger decides what may be sent (domain E.2). Acts are only added; this reads them.

A grant is for one patient, number, channel and purpose. A revocation stops the patient and the number, for one purpose
or for ALL. It wins over any grant without a later explicit act: a new grant, or RESUME, which is the START word and
brings back what had been granted before, nothing more.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

ALL = "ALL"


class ActKind(StrEnum):
    """What an act does."""

    GRANT = "GRANT"
    REVOKE = "REVOKE"
    RESUME = "RESUME"


class Ruling(StrEnum):
    """What the ledger says about a message."""

    ALLOWED = "ALLOWED"
    NO_CONSENT = "NO_CONSENT"
    OPTED_OUT = "OPTED_OUT"


@dataclass(frozen=True, slots=True)
class Act:
    """One act. `patient_id` is None for a text from a number that nobody is known by. `holds_from`: see `effective`."""

    kind: ActKind
    patient_id: UUID | None
    number: str | None
    channel: str
    purpose: str
    holds_from: datetime


def effective(kind: ActKind, given_at: datetime, recorded_at: datetime) -> datetime:
    """From when an act holds: when it was given, but no permission holds from a later time than its record."""
    return given_at if kind is ActKind.REVOKE else min(given_at, recorded_at)


def rule_on(acts: Iterable[Act], *, patient_id: UUID, number: str, channel: str, purpose: str) -> Ruling:
    """Whether a message of `purpose` may go to `number` for the patient. At equal times the revocation wins."""
    known = [a for a in acts if a.channel == channel]
    grants = [a.holds_from for a in known if _grants(a, patient_id, number, purpose)]
    stops = [a.holds_from for a in known if _stops(a, patient_id, number, purpose)]
    if not grants:
        return Ruling.NO_CONSENT
    resumes = [a.holds_from for a in known if a.kind is ActKind.RESUME and a.number == number]
    return Ruling.OPTED_OUT if stops and max(stops) >= max(grants + resumes) else Ruling.ALLOWED


def stopped(acts: Iterable[Act], *, number: str, channel: str) -> bool:
    """Whether everything to a number was stopped, with no later act that brings anything back."""
    known = [a for a in acts if a.channel == channel and a.number == number]
    stops = [a.holds_from for a in known if a.kind is ActKind.REVOKE and a.purpose == ALL]
    back = [a.holds_from for a in known if a.kind is not ActKind.REVOKE]
    return bool(stops) and (not back or max(stops) >= max(back))


def _grants(act: Act, patient_id: UUID, number: str, purpose: str) -> bool:
    return act.kind is ActKind.GRANT and (act.patient_id, act.number) == (patient_id, number) and act.purpose == purpose


def _stops(act: Act, patient_id: UUID, number: str, purpose: str) -> bool:
    concerned = act.patient_id == patient_id or (act.number is not None and act.number == number)
    return act.kind is ActKind.REVOKE and concerned and act.purpose in (ALL, purpose)
