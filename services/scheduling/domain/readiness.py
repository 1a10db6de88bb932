"""Is a session ready, and may its dose start (domain A.5)? Everything that is missing, each with who can mend it."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from decimal import Decimal

from services.scheduling.domain.care import Blocker, Care, consent_blockers, treatment_blockers
from services.scheduling.domain.continuity import History, continuity_blockers
from services.scheduling.domain.cover import Skill
from services.scheduling.domain.dayanswers import Day
from services.scheduling.domain.daycheck import Asked, day_blockers
from services.scheduling.domain.dayoverrides import still_blocking
from services.scheduling.domain.evaluating import (
    PHQ9,
    Score,
    gate_blockers,
    last_decision,
    periodic_blockers,
    phase_blockers,
)
from services.scheduling.domain.gate import Gate, last_high, pressure_gate
from services.scheduling.domain.inrange import range_blockers
from services.scheduling.domain.needs import NONE, Needs, seat_blockers
from services.scheduling.domain.paying import Paying, paying_blockers
from services.scheduling.domain.place import block_length
from services.scheduling.domain.preparation import Prepared, preparation_blockers
from services.scheduling.domain.spray import Given, is_spray, spray_blockers, week_blockers
from services.scheduling.domain.vitals import Reading, latest
from shared.clinicfile.assessments import track_of
from shared.clinicfile.model import ClinicFile, Protocol
from shared.clinicfile.policies import SessionPolicy
from shared.events.parts import Modality, SeatNeed

BASELINE = ("systolic", "heart_rate", "spo2", "respiratory_rate", "temperature_c", "cadss")
SPRAY_BASELINE = ("systolic", "spo2", "respiratory_rate", "moaas")


@dataclass(frozen=True, slots=True)
class AtChair:
    """What is known on the day. `readings` are those since check-in; `room` is the length of the booked block.

    `history` is about the course, `given` are the patient's latest doses, `drawn_mg` is in syringe or bag for it,
    and `prepared` is each draw of it that lies ready.
    `on_site` is what those on duty can stand for, None where the clinic keeps no roster here. `day` is what was asked.
    `scores` are those of the PHQ-9, `paying` is what billing told. `occupied`: somebody else's session is still open in
    the chair. `needs` is what the patient needs of a chair, `able` what the booked one can do, None where there is no
    such chair now. `late_by`: so long after the booked start the patient came.
    """

    checked_in: bool
    escort_named: bool
    readings: Sequence[Reading]
    room: timedelta
    history: History = field(default_factory=History)
    given: Sequence[Given] = ()
    drawn_mg: Decimal = Decimal(0)
    prepared: Sequence[Prepared] = ()
    on_site: frozenset[Skill] | None = None
    day: Day = field(default_factory=Day)
    scores: Sequence[Score] = ()
    paying: Paying = field(default_factory=Paying)
    occupied: bool = False
    needs: Needs = NONE
    able: Collection[SeatNeed] | None = ()
    late_by: timedelta = timedelta()


def readiness(care: Care, chair: AtChair, protocol: Protocol, file: ClinicFile, now: datetime) -> list[Blocker]:
    """Every blocker that no prescriber answered for; empty means ready. A dose waits for those that `holds_dose`."""
    spray = is_spray(protocol.modality)
    return still_blocking(_blockers(care, chair, protocol, file, now), chair.day.overrides, file.day_of, spray=spray)


def _blockers(care: Care, chair: AtChair, protocol: Protocol, file: ClinicFile, now: datetime) -> list[Blocker]:
    return [
        *treatment_blockers(care, protocol, now, file.screening.screening_valid_days),
        *consent_blockers(care, file.consents_for(protocol), now),
        *spray_blockers(care, protocol, file, now),
        *week_blockers(chair.given, care, protocol, now),
        *continuity_blockers(chair.history, care.order_for(protocol), protocol.course, file.zone, now),
        *_evaluated(care, chair, protocol, file, now),
        *paying_blockers(chair.paying, protocol, file.prices.before_session),
        *_room(care, chair, protocol, file),
        *_stock(care, chair, protocol, file),
        *preparation_blockers(chair.prepared, care.order_for(protocol)),
        *_arrival(chair),
        *_late(chair, file.session.late_after_minutes),
        *seat_blockers(chair.needs, chair.able),
        *_staffed(chair.on_site, protocol.modality),
        *_gate(chair.readings, file.session),
        *_baseline(chair, protocol, file.session.baseline_minutes, now),
        *range_blockers(chair.readings, file.session, now),
        *(day_blockers(chair.day, asked_of(chair, protocol, file, now)) if chair.checked_in else []),
    ]


def asked_of(chair: AtChair, protocol: Protocol, file: ClinicFile, now: datetime) -> Asked:
    """What is asked before this dose. Nothing is, until the patient is here: that alone keeps it from starting."""
    return Asked(
        file, protocol.modality, now, chair.history.first_dosed_at, chair.on_site is not None, chair.escort_named,
        phq9_at=[score.at for score in chair.scores], phq9_suffices=_phq9_suffices(protocol, file),
    )  # fmt: skip


def _phq9_suffices(protocol: Protocol, file: ClinicFile) -> bool:
    """Whether nothing but the PHQ-9 is due before a session, whatever the protocol is given for (A.5, B.8). Which of
    its indications is this patient's is not known here, nor are other instruments: then the nurse is asked.
    """
    asked = file.assessments.asked(tuple({track_of(indication) for indication in protocol.indications}))
    return bool(protocol.indications) and {*asked.before_session, *asked.weekly} <= {PHQ9}


def _evaluated(
    care: Care, chair: AtChair, protocol: Protocol, file: ClinicFile, now: datetime
) -> Iterator[Blocker]:  # fmt: skip
    decided_at = last_decision(chair.history.reviewed_at, care.order_for(protocol))
    plan = file.prescribing.reacting_plan
    yield from gate_blockers(chair.scores, chair.history.dosed_at, decided_at, protocol, plan)
    yield from phase_blockers(chair.given, chair.history.dosed_at, decided_at, protocol)
    yield from periodic_blockers(chair.given, decided_at, protocol, file.zone, now)


def _room(care: Care, chair: AtChair, protocol: Protocol, file: ClinicFile) -> Iterator[Blocker]:
    order = care.order_for(protocol)
    if order is None:
        return
    if block_length(file.session, order.content.minutes, watched=is_spray(protocol.modality)) > chair.room:
        yield Blocker("BLOCK_TOO_SHORT", "frontdesk", "The order is longer than the booked block; book again.")


def _stock(care: Care, chair: AtChair, protocol: Protocol, file: ClinicFile) -> Iterator[Blocker]:
    """Where the clinic ties doses to its drug ledger (H.4): the dose, of a spray the first device, was drawn for it."""
    order = care.order_for(protocol)
    if not file.controlled.stock_for_dose or order is None:
        return
    needed = protocol.dose.device_mg if is_spray(protocol.modality) else order.content.dose_mg
    if chair.drawn_mg < needed:
        yield Blocker("DOSE_NOT_DRAWN", "nurse", f"Draw the dose from stock for this session first ({needed} mg).")


def _arrival(chair: AtChair) -> Iterator[Blocker]:
    if not chair.checked_in:
        yield Blocker("NOT_CHECKED_IN", "frontdesk", "Check the patient in with two identifiers.")
    if not chair.escort_named:
        yield Blocker("ESCORT_MISSING", "frontdesk", "Name the adult who takes the patient home, with a phone number.")
    if chair.occupied:
        yield Blocker(
            "CHAIR_OCCUPIED", "nurse", "Another session is still open in this chair; end it or change chairs."
        )


def _late(chair: AtChair, tolerated_minutes: int) -> Iterator[Blocker]:
    """Whoever came late is here, and is refused, booked again, or treated if a prescriber answers for that (D.4)."""
    if chair.late_by > timedelta(minutes=tolerated_minutes):
        minutes = -(-chair.late_by // timedelta(minutes=1))
        yield Blocker(
            "ARRIVED_LATE", "clinician",
            f"The patient came {minutes} min late; a prescriber lets the dose start, or cancel and book again.",
        )  # fmt: skip


def _staffed(on_site: frozenset[Skill] | None, modality: Modality) -> Iterator[Blocker]:
    """A prescriber is on site whenever a dose runs, whoever was rostered when it was booked (D.2, H.5)."""
    if on_site is None:
        return
    if Skill.PRESCRIBER not in on_site:
        yield Blocker("PRESCRIBER_NOT_ON_SITE", "admin", "No prescriber is on duty here now; roster who is here.")
    if is_spray(modality) and Skill.REMS not in on_site:
        yield Blocker("NOBODY_TRAINED_FOR_REMS", "admin", "Nobody on duty is trained for the spray's programme.")


_GATES = {
    Gate.NOT_MEASURED: Blocker("PRESSURE_NOT_MEASURED", "nurse", "Measure the pressure before the dose."),
    Gate.HOLD_RECHECK: Blocker("PRESSURE_HOLD", "nurse", "Pressure above the gate; recheck after 5 to 15 min of rest."),
    Gate.HOLD_FOR_CLINICIAN: Blocker("PRESSURE_HOLD_FOR_CLINICIAN", "clinician", "Pressure stayed above the gate."),
    Gate.CANCEL_SESSION: Blocker("PRESSURE_CANCEL_SESSION", "clinician", "Crisis pressure: cancel and refer today."),
}


def _gate(readings: Sequence[Reading], policy: SessionPolicy) -> Iterator[Blocker]:
    gate = pressure_gate(readings, policy)
    if gate in _GATES:
        yield replace(_GATES[gate], told_at=last_high(readings, policy))


def _baseline(chair: AtChair, protocol: Protocol, minutes: int, now: datetime) -> Iterator[Blocker]:
    needed = _needed(protocol.modality)
    taken = latest(chair.readings, now - timedelta(minutes=minutes), now)
    missing = [name for name in needed if name not in taken]
    if missing:
        yield Blocker("BASELINE_MISSING", "nurse", f"Measure within {minutes} min of the start: {', '.join(missing)}.")


def _needed(modality: Modality) -> tuple[str, ...]:
    """What is measured before a dose (C.3)."""
    if is_spray(modality):
        return SPRAY_BASELINE
    return (*BASELINE, "pain_nrs") if modality is Modality.IV_PAIN else BASELINE
