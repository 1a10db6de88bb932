"""Screening a patient from everything on record; a part of every command that observes something, and of time."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import col, func, select

from services.intake.commands.answers.asking import look_at_intake
from services.intake.commands.safety.concerns import raise_concerns
from services.intake.domain.aging import carried, recalled
from services.intake.domain.comparing import got_worse, same_decision, same_findings
from services.intake.domain.due import Occasion
from services.intake.domain.facts import History, facts_over_time
from services.intake.domain.following import follow_up
from services.intake.domain.formulary import formulary_of
from services.intake.domain.known import Facts
from services.intake.domain.lasting import valid_until
from services.intake.domain.safety import Concern
from services.intake.domain.screening import (
    Decision,
    concerns_of_decision,
    following,
    screen,
    summary,
)
from services.intake.history import history_of
from services.intake.models import DueItem, Patient, Screening
from services.intake.records import (
    InCare,
    decision_of,
    locked_person,
    newest_review,
    newest_screening,
    screened_clinics,
    standing_screenings,
)
from shared.aliases import of_person
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientScreened
from shared.ids import new_id
from shared.sealing import Sealed
from shared.timers import Timer

LAPSES = "screening_lapses"


@dataclass(frozen=True, slots=True)
class Screened:
    """The standing screening at a clinic, what would be decided now, and what was decided before."""

    row: Screening
    decision: Decision
    previous: Decision | None


async def screen_and_raise(
    uow: UnitOfWork, care: InCare, found: Iterable[Concern] = (), answer: UUID | None = None, *, corrected: bool = False
) -> Screened | None:
    """Screen where care happens, and wherever else a screening stands: what is observed counts in all the organisation.

    Deals with what worries: `found`, which the observation `answer` gave, and newly fired rules. None until there is a
    questionnaire. With `corrected` a measurement counts otherwise than the standing decisions knew. The patient's row
    must be locked. Emits PatientScreened for every clinic where something changed, SafetyConcernRaised,
    SafetyTaskOpened.
    """
    await uow.session.flush()
    history = await history_of(uow, care.patient)
    others = await screened_clinics(uow, care.patient.id) - {care.clinic_id}
    screened = [
        await _screen(uow, care.patient, clinic, history, corrected=corrected)
        for clinic in (care.clinic_id, *sorted(others))
    ]
    newly = (c for s in screened if s for c in concerns_of_decision(s.decision, s.previous))
    await raise_concerns(uow, care, (*found, *newly), answer)
    return screened[0]


async def screen_afresh(uow: UnitOfWork, care: InCare) -> None:
    """Decide anew wherever a screening stands, whatever was decided before: the history itself is another one now.

    Nothing is carried over from the decisions before, and each is kept and told; what fired in none of them raises a
    concern. The patient's row must be locked. Emits PatientScreened, SafetyConcernRaised, SafetyTaskOpened.
    """
    await uow.session.flush()
    history, found = await history_of(uow, care.patient), list[Concern]()
    here = {care.clinic_id} if history.questionnaires else set[UUID]()
    for clinic_id in sorted(await screened_clinics(uow, care.patient.id) | here):
        before = [decision_of(uow, row) for row in await standing_screenings(uow, care.patient.id, clinic_id)]
        decision = _decide(await active_clinic(uow, clinic_id), history, uow.now, None, reviewed=False)
        row = await _keep(uow, care.patient, clinic_id, decision, before[-1] if before else None)
        await _look_again(uow, row, decision)
        new_to = [concerns_of_decision(decision, one) for one in before]
        found += [c for c in concerns_of_decision(decision, None) if all(c in concerns for concerns in new_to)]
    await raise_concerns(uow, care, found)


async def rescreen(uow: UnitOfWork, patient_id: UUID) -> None:
    """Decide anew wherever a screening stands, since something became known otherwise than by an observation.

    Nothing happens to a patient of whom intake knows nothing yet. Says what `screen_and_raise` says.
    """
    patient = await locked_person(uow, patient_id)
    if patient is None:
        return
    for clinic_id in sorted(await screened_clinics(uow, patient.id))[:1]:
        await screen_and_raise(uow, InCare(patient, clinic_id))


async def decide_again(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID) -> bool:
    """Decide anew at one clinic, since time passed or its rules changed; kept and told only if it comes to something
    else. Opens the concerns of newly fired rules. Returns whether it was."""
    patient = await locked_person(uow, patient_id)
    if patient is None:
        return False
    screened = await _screen(uow, patient, clinic_id, await history_of(uow, patient), observed=False)
    if screened is None or screened.decision is screened.previous:
        return False
    await raise_concerns(uow, InCare(patient, clinic_id), concerns_of_decision(screened.decision, screened.previous))
    return True


async def screening_lapsed(uow: UnitOfWork, timer: Timer) -> bool:
    """What time alone can change of a screening may have changed. False when it no longer stands."""
    screening = await uow.session.get(Screening, timer.aggregate_id)
    if screening is None or screening.organisation_id != uow.organisation_id:
        return False
    await locked_person(uow, screening.patient_id)
    newest = await newest_screening(uow, screening.patient_id, screening.clinic_id)
    if newest is None or newest.id != screening.id:
        return False
    await decide_again(uow, screening.patient_id, screening.clinic_id)
    return True


def facts_at(file: ClinicFile, history: History, at: datetime, standing: Decision | None = None) -> Facts:
    """What is known of a patient at an instant, as the clinic counts it: consents to its treatments, not to others;
    with what the standing decision knew of its day, if nothing newer is known."""
    return _knowing(file, history)(at, standing)


def _knowing(file: ClinicFile, history: History) -> Callable[[datetime, Decision | None], Facts]:
    consents = [one for one in history.consents if file.counts_as_consent(one.document, one.version)]
    known = facts_over_time(
        replace(history, consents=consents),
        ZoneInfo(file.zone),
        site_certified=file.rems_site is not None,
        formulary=formulary_of(file),
    )

    def at(moment: datetime, standing: Decision | None) -> Facts:
        days = file.screening.screening_valid_days
        return carried(known(moment), standing.facts if standing else {}, moment, days)

    return at


async def _screen(
    uow: UnitOfWork, patient: Patient, clinic_id: UUID, history: History, *, observed: bool = True,
    corrected: bool = False,
) -> Screened | None:  # fmt: skip
    """Decide anew under the clinic's rules in force; keep and tell it if it differs. What nobody observed, but time or
    other rules bring, differs only where it comes to something else; a correction also where the standing decision
    would hand on a measurement of its day that was wrong."""
    if not history.questionnaires:
        return None
    clinic = await active_clinic(uow, clinic_id)
    standing = await newest_screening(uow, patient.id, clinic_id)
    previous = decision_of(uow, standing) if standing else None
    reviewed = standing is not None and await newest_review(uow, standing) is not None
    known = _recalled(clinic.file, history, previous) if previous and corrected else previous
    decision = _decide(clinic, history, uow.now, known, reviewed=reviewed)
    same = same_decision if observed else same_findings
    if standing and previous and known and known.facts == previous.facts and same(decision, previous):
        await _look_again(uow, standing, decision)
        return Screened(standing, previous, previous)
    row = await _keep(uow, patient, clinic_id, decision, previous)
    await _look_again(uow, row, decision)
    return Screened(row, decision, previous)


def _recalled(file: ClinicFile, history: History, standing: Decision) -> Decision:
    """The standing decision with what it knew of its day as that is known now."""
    known = _knowing(file, history)
    return standing.model_copy(update={"facts": recalled(standing.facts, lambda moment: known(moment, None))})


def decide_under(
    clinic: ActiveClinic, history: History, at: datetime, previous: Decision | None, *, reviewed: bool
) -> Decision:
    """What the clinic's rules make of everything on record; until when it holds is not said."""
    return _under(clinic, facts_at(clinic.file, history, at, previous), at, previous, reviewed=reviewed)


def _under(
    clinic: ActiveClinic, facts: Facts, at: datetime, previous: Decision | None, *, reviewed: bool
) -> Decision:  # fmt: skip
    return following(screen(clinic.file, clinic.hash, facts, at), previous, reviewed=reviewed)


def _decide(
    clinic: ActiveClinic, history: History, at: datetime, previous: Decision | None, *, reviewed: bool
) -> Decision:
    known = _knowing(clinic.file, history)
    decision = _under(clinic, known(at, previous), at, previous, reviewed=reviewed)
    until = valid_until(clinic.file, decision, history, lambda moment: known(moment, decision))
    return decision.model_copy(update={"valid_until": until})


async def _look_again(uow: UnitOfWork, standing: Screening, decision: Decision) -> None:
    """Decide again by itself when time can change something; a time is noted once, by its second."""
    for due_at in {decision.valid_until, decision.recheck_after} - {None}:
        if due_at is not None and due_at > uow.now:
            await uow.schedule(
                LAPSES, standing.id, int(due_at.timestamp()), due_at, key=standing.patient_id,
                clinic_id=standing.clinic_id,
            )  # fmt: skip


async def _keep(
    uow: UnitOfWork, patient: Patient, clinic_id: UUID, decision: Decision, previous: Decision | None
) -> Screening:
    patient.decisions += 1
    row_id = new_id()
    row = Screening(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=clinic_id, patient_id=patient.id,
        version=patient.decisions, screened_at=uow.now, rule_set_hash=decision.rule_set_hash,
        decision=uow.seal_column("screening", "decision", row_id, decision),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    event = PatientScreened(
        screening_id=row.id,
        patient_id=patient.id,
        version=row.version,
        screened_at=row.screened_at,
        rule_set_hash=row.rule_set_hash,
        valid_until=decision.valid_until,
        review_by=await _review_by(uow, patient.id, clinic_id, decision, previous),
        summary=Sealed.of(summary(decision)),
        follow_up=Sealed.of(follow_up(decision)),
    )
    uow.emit(event, key=patient.id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        "create", "screening", row.id, patient_id=patient.id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip
    await look_at_intake(uow, row, decision, previous)
    return row


async def _review_by(
    uow: UnitOfWork, patient_id: UUID, clinic_id: UUID, decision: Decision, previous: Decision | None
) -> datetime | None:
    """When a clinician has to have looked at a patient in a course who came to something worse: before the next
    session, and as soon as a safety concern. Nothing is cancelled; no dose starts without that review."""
    if previous is None or not got_worse(decision, previous):
        return None
    next_session = select(func.min(DueItem.late_from)).where(
        of_person(DueItem.patient_id, patient_id), DueItem.organisation_id == uow.organisation_id,
        DueItem.occasion == Occasion.BEFORE_SESSION, col(DueItem.state).in_(("PLANNED", "OPEN", "SETTLED")),
        DueItem.late_from > uow.now,
    )  # fmt: skip
    starts_at = (await uow.session.exec(next_session)).one_or_none()
    if starts_at is None:
        return None
    hours = (await active_clinic(uow, clinic_id)).file.screening.concern_acknowledge_hours
    return min(starts_at, uow.now + timedelta(hours=hours))
