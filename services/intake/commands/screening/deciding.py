"""Screening a patient from everything on record; a part of every command that observes something, and of time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake.commands.answers.asking import look_at_intake
from services.intake.commands.answers.due import next_sessions_at
from services.intake.commands.safety.concerns import raise_concerns
from services.intake.domain.aging import carried, recalled
from services.intake.domain.comparing import got_worse, same_decision, same_findings
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
from services.intake.models import Patient, Screening
from services.intake.records import (
    InCare,
    Standing,
    decision_of,
    locked_person,
    screened_clinics,
    standing_screenings,
    standings_of,
)
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientScreened
from shared.ids import new_id
from shared.sealing import Sealed

LAPSES = "screening_lapses"


@dataclass(frozen=True, slots=True)
class Case:
    """What is decided from at a clinic: the patient, locked, everything on record, and the screening that stands."""

    patient: Patient
    clinic: ActiveClinic
    history: History
    standing: Standing | None


@dataclass(frozen=True, slots=True)
class Found:
    """What is decided now and what was decided before; `same`: the screening that stands says it already."""

    case: Case
    decision: Decision
    previous: Decision | None
    same: bool = False

    @property
    def worse(self) -> bool:
        return not self.same and self.previous is not None and got_worse(self.decision, self.previous)


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
    screened = await _screen_everywhere(uow, care, corrected=corrected)
    newly = (c for s in screened for c in concerns_of_decision(s.decision, s.previous))
    await raise_concerns(uow, care, (*found, *newly), answer)
    await uow.session.flush()
    return screened[0] if screened else None


async def _screen_everywhere(uow: UnitOfWork, care: InCare, *, corrected: bool) -> list[Screened]:
    """Where care happens first, then wherever else a screening stands; nowhere before there is a questionnaire."""
    patient, history = care.patient, await history_of(uow, care.patient)
    if not history.questionnaires:
        return []
    standing = (await standings_of(uow, [patient.id]))[patient.id]
    clinics = (care.clinic_id, *sorted(standing.keys() - {care.clinic_id}))
    cases = [Case(patient, await active_clinic(uow, one), history, standing.get(one)) for one in clinics]
    return await settled(uow, [decided(uow, case, corrected=corrected) for case in cases])


async def screen_afresh(uow: UnitOfWork, care: InCare) -> None:
    """Decide anew wherever a screening stands, whatever was decided before: the history itself is another one now.

    Nothing is carried over from the decisions before, and each is kept and told; what fired in none of them raises a
    concern. The patient's row must be locked. Emits PatientScreened, SafetyConcernRaised, SafetyTaskOpened.
    """
    history, found = await history_of(uow, care.patient), list[Concern]()
    here = {care.clinic_id} if history.questionnaires else set[UUID]()
    for clinic_id in sorted(await screened_clinics(uow, care.patient.id) | here):
        before = [decision_of(uow, row) for row in await standing_screenings(uow, care.patient.id, clinic_id)]
        case = Case(care.patient, await active_clinic(uow, clinic_id), history, None)
        decision = _decide(case.clinic, history, uow.now, None, reviewed=False)
        await settled(uow, [Found(case, decision, before[-1] if before else None)])
        new_to = [concerns_of_decision(decision, one) for one in before]
        found += [c for c in concerns_of_decision(decision, None) if all(c in concerns for concerns in new_to)]
    await raise_concerns(uow, care, found)
    await uow.session.flush()


async def rescreen(uow: UnitOfWork, patient_id: UUID) -> None:
    """Decide anew wherever a screening stands, since something became known otherwise than by an observation.

    Nothing happens to a patient of whom intake knows nothing yet. Says what `screen_and_raise` says.
    """
    patient = await locked_person(uow, patient_id)
    if patient is None:
        return
    for clinic_id in sorted(await screened_clinics(uow, patient.id))[:1]:
        await screen_and_raise(uow, InCare(patient, clinic_id))


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


def decided(uow: UnitOfWork, case: Case, *, observed: bool = True, corrected: bool = False) -> Found:
    """What the clinic's rules in force make of it. What nobody observed, but time or other rules bring, differs from
    what stands only where it comes to something else; a correction also where the standing decision would hand on a
    measurement of its day that was wrong."""
    standing = case.standing
    previous = decision_of(uow, standing.row) if standing else None
    reviewed = standing is not None and standing.reviewed
    known = _recalled(case.clinic.file, case.history, previous) if previous and corrected else previous
    decision = _decide(case.clinic, case.history, uow.now, known, reviewed=reviewed)
    if previous is None or known is None or known.facts != previous.facts:
        return Found(case, decision, previous)
    alike = same_decision if observed else same_findings
    return Found(case, decision, previous, same=alike(decision, previous))


async def settled(uow: UnitOfWork, found: Sequence[Found]) -> list[Screened]:
    """Keep and tell what differs from what stands, in turn, and see to it that each is looked at again in time."""
    sessions = await next_sessions_at(uow, [one.case.patient.id for one in found if one.worse])
    return [await _settle(uow, one, sessions.get(one.case.patient.id)) for one in found]


async def _settle(uow: UnitOfWork, found: Found, session_at: datetime | None) -> Screened:
    standing, previous = found.case.standing, found.previous
    if found.same and standing and previous:
        await _look_again(uow, standing.row, found.decision)
        return Screened(standing.row, previous, previous)
    row = await _keep(uow, found, _review_by(uow, found, session_at))
    await _look_again(uow, row, found.decision)
    return Screened(row, found.decision, previous)


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


async def _keep(uow: UnitOfWork, found: Found, review_by: datetime | None) -> Screening:
    patient, decision = found.case.patient, found.decision
    patient.decisions += 1
    row_id = new_id()
    row = Screening(
        id=row_id, organisation_id=patient.organisation_id, clinic_id=found.case.clinic.file.clinic_id,
        patient_id=patient.id, version=patient.decisions, screened_at=uow.now, rule_set_hash=decision.rule_set_hash,
        decision=uow.seal_column("screening", "decision", row_id, decision),
    )  # fmt: skip
    uow.session.add(row)
    event = PatientScreened(
        screening_id=row.id,
        patient_id=patient.id,
        version=row.version,
        screened_at=row.screened_at,
        rule_set_hash=row.rule_set_hash,
        valid_until=decision.valid_until,
        review_by=review_by,
        summary=Sealed.of(summary(decision)),
        follow_up=Sealed.of(follow_up(decision)),
    )
    uow.emit(event, key=patient.id, subject=row.id, clinic_id=row.clinic_id)
    await uow.audit(
        "create", "screening", row.id, patient_id=patient.id, clinic_id=row.clinic_id, version=row.version
    )  # fmt: skip
    await look_at_intake(uow, row, decision, found.previous)
    return row


def _review_by(uow: UnitOfWork, found: Found, session_at: datetime | None) -> datetime | None:
    """When a clinician has to have looked at a patient in a course who came to something worse: before the next
    session, and as soon as a safety concern. Nothing is cancelled; no dose starts without that review."""
    if session_at is None or not found.worse:
        return None
    hours = found.case.clinic.file.screening.concern_acknowledge_hours
    return min(session_at, uow.now + timedelta(hours=hours))
