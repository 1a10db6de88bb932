"""How intake's rows are shown: opened, with instants in the clinic's zone."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.concerns import concern_of, task_of
from services.intake.domain.checkin import CheckInAnswers, concerns_of_check_in
from services.intake.domain.consenting import Signature
from services.intake.domain.due import CHECK_IN, Occasion
from services.intake.domain.following import follow_up
from services.intake.domain.handling import Further
from services.intake.domain.order import stage_at
from services.intake.domain.phq9 import PHQ9
from services.intake.domain.proxy import ProxyDetail
from services.intake.domain.reflection import ReflectionText
from services.intake.domain.safety import CRISIS, stage
from services.intake.domain.screening import Decision, Finding, worrying
from services.intake.history import medication_notes
from services.intake.models import (
    CheckIn,
    ConcernPage,
    Consent,
    Document,
    DoseOrder,
    DoseProposal,
    DueItem,
    Patient,
    Proxy,
    Reflection,
    Review,
    SafetyConcern,
    SafetyTask,
    Screening,
)
from services.intake.records import (
    SOURCES,
    decision_of,
    newest_review,
    newest_screening,
    order_of,
    person_of,
    proposal_of,
    review_of,
)
from services.intake.schemas.care import ConsentView, OrderView
from services.intake.schemas.course import CheckInView, ReflectionView
from services.intake.schemas.people import PatientView
from services.intake.schemas.plans import ProposalView
from services.intake.schemas.proxies import ProxyView
from services.intake.schemas.reviews import ConditionView, EvidenceView, ReviewView
from services.intake.schemas.safety import ConcernView, FurtherView, GuardianView, SafetyTaskView
from services.intake.schemas.screening import (
    FindingView,
    LooserView,
    ModalityView,
    NeededEvidenceView,
    ScreeningView,
)
from shared.aliases import of_person, survivor_of
from shared.clinicfile import crisiswords
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Contact
from shared.http import Instant, instant
from shared.oncall.paging import pages_of
from shared.oncall.view import page_view

Placed = (
    Patient | Screening | Review | Consent | DoseOrder | DoseProposal | SafetyConcern | SafetyTask | CheckIn
    | Reflection | Proxy | Document
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wall:
    """The clock on a clinic's wall."""

    zone: str

    def at(self, moment: datetime) -> Instant:
        return instant(moment, self.zone)

    def perhaps(self, moment: datetime | None) -> Instant | None:
        return self.at(moment) if moment else None


async def wall_of(uow: UnitOfWork, row: Placed) -> Wall:
    return Wall((await active_clinic(uow, row.clinic_id)).file.zone)


async def speaks_of_crisis(uow: UnitOfWork, clinic_id: UUID, *texts: object) -> bool:
    """Whether one of the texts holds words of crisis by the clinic's list (A.6)."""
    words = (await active_clinic(uow, clinic_id)).file.safety.crisis_words
    return any(isinstance(text, str) and crisiswords.speaks_of_crisis(text, words) for text in texts)


def contact_of(uow: UnitOfWork, patient: Patient) -> Contact:
    return uow.open_column("patient", "contact", patient.id, patient.contact, Contact)


async def patient_view(uow: UnitOfWork, patient: Patient) -> PatientView:
    person, contact = person_of(uow, patient), contact_of(uow, patient)
    survivor_id = await survivor_of(uow, patient.id)
    return PatientView(
        id=patient.id, version=patient.version, clinic_id=patient.clinic_id, record_number=person.record_number,
        legal_given_name=person.given_name, legal_family_name=person.family_name, preferred_name=person.preferred_name,
        birth_date=person.birth_date, sex_at_birth=person.sex_at_birth, address=person.address, phone=contact.phone,
        email=contact.email, language=person.language, allergies=person.allergies, seat_needs=person.seat_needs,
        interpreter=person.interpreter, access_needs=person.access_needs, external_ids=person.external_ids,
        registered_at=(await wall_of(uow, patient)).at(patient.registered_at),
        merged_into=survivor_id if survivor_id != patient.id else None,
    )  # fmt: skip


async def screening_view(uow: UnitOfWork, row: Screening) -> ScreeningView:
    """A screening as the caller may see it: a patient sees outcomes and the reasons written for patients."""
    newest = await newest_screening(uow, row.patient_id, row.clinic_id)
    return await decided_view(uow, row, decision_of(uow, row), newest=newest is not None and newest.id == row.id)


async def decided_view(uow: UnitOfWork, row: Screening, decision: Decision, *, newest: bool = True) -> ScreeningView:
    """The same of a decision that whoever made it, or has opened it, holds in hand."""
    wall, staff = await wall_of(uow, row), uow.caller.kind == "staff"
    told, modalities = follow_up(decision), [one.modality for one in decision.modalities]
    review = await newest_review(uow, row) if staff else None
    return ScreeningView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
        newest=newest, screened_at=wall.at(row.screened_at), rule_set=decision.rule_set,
        rule_set_hash=decision.rule_set_hash,
        modalities=_modalities(decision, wall, staff=staff),
        conditions=_conditions(decision, wall) if staff else (),
        medication_notes=await medication_notes(uow, row.patient_id, row.clinic_id, modalities) if staff else (),
        valid_until=wall.perhaps(decision.valid_until), recheck_after=wall.perhaps(decision.recheck_after),
        looser=_looser(decision) if staff else (),
        next_step=told.next_step, look_again_from=wall.perhaps(told.recheck_after),
        review=await review_view(uow, review) if review else None,
        crisis=CRISIS if worrying(decision) else None,
    )  # fmt: skip


def _looser(decision: Decision) -> tuple[LooserView, ...]:
    return tuple(LooserView(**one.model_dump()) for one in decision.looser)


def _conditions(decision: Decision, wall: Wall) -> tuple[NeededEvidenceView, ...]:
    return tuple(
        NeededEvidenceView(
            rule_id=c.rule_id, code=c.code, text=c.text, owner=c.owner, until=wall.at(c.until), modalities=c.modalities,
            state="SETTLED" if c.settled else "LAPSED" if c.lapsed else "WAITING",
        )
        for c in decision.conditions
    )  # fmt: skip


def _modalities(decision: Decision, wall: Wall, *, staff: bool) -> tuple[ModalityView, ...]:
    return tuple(
        ModalityView(
            modality=m.modality, outcome=m.outcome, worst_possible=m.worst_possible if staff else None,
            findings=tuple(_finding(f, wall, staff=staff) for f in m.findings),
        )
        for m in decision.modalities
    )  # fmt: skip


def _finding(finding: Finding, wall: Wall, *, staff: bool) -> FindingView:
    return FindingView(
        rule_id=finding.rule_id, outcome=finding.outcome, reason_code=finding.reason_code,
        reason=finding.reason if staff else None, patient_reason=finding.patient_reason,
        evidence=finding.evidence if staff else {}, open_questions=finding.open_questions,
        actions=finding.actions if staff else (), recheck_after=wall.perhaps(finding.recheck_after),
    )  # fmt: skip


async def review_view(uow: UnitOfWork, row: Review) -> ReviewView:
    review, wall = review_of(uow, row), await wall_of(uow, row)
    return ReviewView(
        id=row.id, screening_id=row.screening_id, version=row.version, reviewed_at=wall.at(row.reviewed_at),
        reviewed_by=row.reviewed_by, cleared=review.cleared, overridden_rule_ids=review.overridden_rule_ids,
        reason_code=review.reason_code, note=review.note, overridden=review.overridden, pending=review.pending,
        evidence=tuple(EvidenceView(**dict(e) | {"due_at": wall.at(e.due_at)}) for e in review.evidence),
        conditions=tuple(ConditionView(**dict(c) | {"until": wall.at(c.until)}) for c in review.conditions),
        documents=review.documents, first_clinician=review.first_clinician,
    )  # fmt: skip


async def concern_view(uow: UnitOfWork, row: SafetyConcern) -> ConcernView:
    concern, wall = concern_of(uow, row), await wall_of(uow, row)
    pages = await pages_of(uow, ConcernPage, ConcernPage.concern_id == row.id)
    return ConcernView(
        id=row.id, patient_id=row.patient_id, version=row.version, state=row.state, risk=concern.risk,
        source=concern.source, reason=concern.reason, stage=stage(row.state, row.acknowledged_at),
        raised_at=wall.at(row.raised_at), acknowledge_by=wall.at(row.acknowledge_by),
        acknowledged_at=wall.perhaps(row.acknowledged_at), acknowledged_by=row.acknowledged_by, plan=concern.plan,
        further=tuple(_further(entry, wall) for entry in concern.further), escalations=row.escalations,
        escalated_at=wall.perhaps(row.escalated_at),
        pages=tuple(page_view(uow, page, wall.zone) for page in pages),
        resolved_at=wall.perhaps(row.resolved_at), disposition=concern.disposition, note=concern.note,
    )  # fmt: skip


async def safety_task_view(uow: UnitOfWork, row: SafetyTask) -> SafetyTaskView:
    record, wall = task_of(uow, row), await wall_of(uow, row)
    return SafetyTaskView(
        id=row.id, patient_id=row.patient_id, version=row.version, state=row.state, kind=record.kind,
        opened_at=wall.at(row.opened_at), due_at=wall.at(row.due_at),
        entries=tuple(_further(entry, wall) for entry in record.entries), settled_at=wall.perhaps(row.settled_at),
        settled_by=row.settled_by, outcome=record.outcome, note=record.note,
        guardians=await _guardians(uow, row) if record.kind == "GUARDIAN_CONTACT" else (),
    )  # fmt: skip


async def _guardians(uow: UnitOfWork, row: SafetyTask) -> tuple[GuardianView, ...]:
    """Who acts for the patient today."""
    acting = select(Proxy).where(
        of_person(Proxy.patient_id, row.patient_id), Proxy.organisation_id == uow.organisation_id,
        Proxy.state == "ACTIVE", Proxy.expires_at > wall_now(),
    )  # fmt: skip
    found = (await uow.session.exec(acting.order_by(col(Proxy.registered_at), col(Proxy.id)))).all()
    details = [uow.open_column("proxy", "detail", proxy.id, proxy.detail, ProxyDetail) for proxy in found]
    return tuple(GuardianView(name=detail.name, relation=detail.relation) for detail in details)


def _further(entry: Further, wall: Wall) -> FurtherView:
    return FurtherView(at=wall.at(entry.at), source=entry.source, risk=entry.risk, concern_id=entry.concern_id)


async def consent_view(uow: UnitOfWork, row: Consent) -> ConsentView:
    wall = await wall_of(uow, row)
    how = uow.open_column("consent", "signature", row.id, row.signature, Signature) if row.signature else None
    return ConsentView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version, state=row.state,
        document=row.document, document_version=row.document_version, language=how and how.language,
        medium=how and how.medium, device=how and how.device, witness=how and how.witness,
        interpreter=how and how.interpreter, scan_id=how and how.scan_id, signed_by=row.signed_by,
        signed_at=wall.at(row.signed_at),
        valid_until=wall.at(row.valid_until), revoked_at=wall.perhaps(row.revoked_at),
    )  # fmt: skip


async def order_view(uow: UnitOfWork, row: DoseOrder) -> OrderView:
    order, wall = order_of(uow, row), await wall_of(uow, row)
    return OrderView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, screening_id=row.screening_id,
        version=row.version, state="SIGNED" if row.state == "SIGNED" else "REVOKED",
        stage=stage_at(row.state, row.expires_at, uow.now), signed_by=row.signed_by,
        signed_at=wall.at(row.signed_at),
        expires_at=wall.at(row.expires_at), revoked_at=wall.perhaps(row.revoked_at), unit=order.unit,
        weight_basis=order.weight_basis, first_dose=order.first_dose, devices=order.devices,
        countersigned_by=row.countersigned_by, superseded_by=row.superseded_by,
        medication_notes=order.medication_notes, **dict(order.content),
    )  # fmt: skip


async def proposal_view(uow: UnitOfWork, row: DoseProposal) -> ProposalView:
    proposal, wall = proposal_of(uow, row), await wall_of(uow, row)
    return ProposalView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, session_id=row.session_id, version=row.version,
        state=row.state, proposed_at=wall.at(row.proposed_at), decided_at=wall.perhaps(row.decided_at),
        decided_by=row.decided_by, order_id=row.order_id, **dict(proposal),
    )  # fmt: skip


def instrument_of(row: DueItem) -> str:
    """What is to be answered; a row from before there were several instruments leaves it to its occasion."""
    return row.instrument or (PHQ9 if row.occasion == Occasion.BEFORE_SESSION else CHECK_IN)


async def check_in_view(uow: UnitOfWork, row: CheckIn) -> CheckInView:
    answers, wall = uow.open_column("check_in", "answers", row.id, row.answers, CheckInAnswers), await wall_of(uow, row)
    worries = concerns_of_check_in(answers) or await speaks_of_crisis(uow, row.clinic_id, answers.note)
    return CheckInView(
        id=row.id, occasion=row.occasion, session_id=row.session_id, recorded_at=wall.at(row.recorded_at),
        source=SOURCES[row.source], by=row.recorded_by, **dict(answers),
        crisis=CRISIS if worries else None,
    )  # fmt: skip


async def reflection_view(uow: UnitOfWork, row: Reflection) -> ReflectionView:
    content = uow.open_column("reflection", "content", row.id, row.content, ReflectionText)
    return ReflectionView(
        id=row.id, session_id=row.session_id, written_at=(await wall_of(uow, row)).at(row.written_at),
        source=SOURCES[row.source], by=row.recorded_by, text=content.text,
        crisis=CRISIS if await speaks_of_crisis(uow, row.clinic_id, content.text) else None,
    )  # fmt: skip


async def proxy_view(uow: UnitOfWork, row: Proxy) -> ProxyView:
    """A proxy past its time is shown as ended."""
    detail, wall = uow.open_column("proxy", "detail", row.id, row.detail, ProxyDetail), await wall_of(uow, row)
    return ProxyView(
        id=row.id, patient_id=row.patient_id, version=row.version,
        state="ACTIVE" if row.state == "ACTIVE" and row.expires_at > wall_now() else "ENDED",
        name=detail.name, relation=detail.relation, scope=tuple(sorted(detail.scope)),
        registered_at=wall.at(row.registered_at), expires_at=wall.at(row.expires_at), authority=detail.authority,
    )  # fmt: skip
