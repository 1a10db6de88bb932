"""What the nasal spray asks for beside: site, enrolment, authorisation, devices (domain C.1, H.5, F.3)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from pydantic import BaseModel

from services.scheduling.domain.care import Blocker, Care
from shared.calendar import local_date
from shared.clinicfile.model import ClinicFile, DoseLimits, Protocol
from shared.clinicfile.monitoringform import MonitoringFormPolicy
from shared.events.parts import AuthorisationDetail, Modality

SPRAYS = frozenset({Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI})
BETWEEN_DEVICES = timedelta(minutes=5)
OBSERVED = timedelta(minutes=120)
WEEK = timedelta(days=7)
FORM_DAYS = 7
REMS = "REMS"


class DeviceDetail(BaseModel):
    """What a device was: its lot, and the mg that it held."""

    lot: str
    dose_mg: int


@dataclass(frozen=True, slots=True)
class Given:
    """A dose that was given: when it began, how many mg, under which protocol."""

    at: datetime
    dose_mg: int
    protocol: str | None = None
    modality: Modality | None = None


_SITE = Blocker("SITE_NOT_CERTIFIED", "admin", "The clinic file names no certified site (`rems_site`).")
_ENROLMENT = Blocker("NOT_ENROLLED", "clinician", "Enrol the patient in the safety programme first.")
_AUTHORISATION = Blocker("AUTHORISATION_MISSING", "biller", "No authorisation in force has units left for this dose.")
_WEEK = Blocker("WEEKLY_LIMIT", "clinician", "With what was given in the last 7 days this dose is above the limit.")
_DEVICES = Blocker("DOSE_NOT_IN_DEVICES", "clinician", "The ordered dose is not a number of whole devices.")


def is_spray(modality: Modality) -> bool:
    """Whether a modality is given as nasal spray."""
    return modality in SPRAYS


def spray_blockers(care: Care, protocol: Protocol, file: ClinicFile, now: datetime) -> list[Blocker]:
    """What forbids booking and dosing beside `treatment_blockers`, by what the protocol asks for."""
    rems = protocol.rems or is_spray(protocol.modality)
    order = care.order_for(protocol)
    dose_mg = order.content.dose_mg if order else 0
    paid = not protocol.authorisation or _authorised(care.authorisations, protocol, dose_mg, local_date(now, file.zone))
    return [
        *([_SITE] if rems and file.rems_site is None else []),
        *([_ENROLMENT] if rems and not care.enrolled else []),
        *([] if paid else [_AUTHORISATION]),
        *(_dose(dose_mg, protocol.dose) if is_spray(protocol.modality) else []),
    ]


def week_blockers(given: Iterable[Given], care: Care, protocol: Protocol, now: datetime) -> list[Blocker]:
    """The limit in any 7 days (A.8): what began less than 7 days ago counts."""
    order, limit = care.order_for(protocol), protocol.dose.weekly_limit_mg
    if order is None or limit is None:
        return []
    recent = sum(dose.dose_mg for dose in given if now - dose.at < WEEK)
    return [_WEEK] if recent + order.content.dose_mg > limit else []


def _authorised(authorisations: Iterable[AuthorisationDetail], protocol: Protocol, units: int, on: date) -> bool:
    """A unit is a mg; both ends of an authorisation are inside it. One that names no protocol is for any."""
    return any(
        a.protocol in (None, protocol.id)
        and a.valid_from <= on <= a.valid_to
        and a.units_granted - a.units_used >= max(units, 1)
        for a in authorisations
    )


def _dose(dose_mg: int, dose: DoseLimits) -> Iterator[Blocker]:
    if dose_mg % dose.device_mg:
        yield _DEVICES


def devices_ordered(dose_mg: int, dose: DoseLimits) -> int:
    """How many devices hold the dose."""
    return dose_mg // dose.device_mg


def next_device_at(given: Sequence[datetime]) -> datetime | None:
    """The earliest moment of the next device: five minutes after the last one; None before the first."""
    return max(given) + BETWEEN_DEVICES if given else None


def form_due_on(started_at: datetime, zone: str) -> date:
    """The monitoring form is due within 7 calendar days of the clinic; day 7 is in time (D.4, D.5)."""
    return local_date(started_at, zone) + timedelta(days=FORM_DAYS)


def form_reminder_on(started_at: datetime, zone: str, policy: MonitoringFormPolicy) -> date:
    """The local day on which somebody is reminded of a form that was not sent (E.1: N21)."""
    return local_date(started_at, zone) + timedelta(days=policy.remind_after_days)
