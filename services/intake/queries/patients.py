"""What intake tells: patients, screenings and why, orders, consents, concerns. Every answer leaves an audit row."""

from collections.abc import Sequence
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from sqlmodel import col, select

from services.intake.concerns import open_concerns, tasks_of
from services.intake.domain.matching import Wanted, points, score
from services.intake.domain.replaying import differences
from services.intake.domain.screening import screen
from services.intake.explaining import explanation_view
from services.intake.glass import require_open
from services.intake.likeness import like
from services.intake.models import Consent, DoseOrder, Patient, Rescreening, SafetyConcern, Screening
from services.intake.records import decision_of, newest_screening, patient_of, person_of
from services.intake.schemas.care import ConsentView, OrderView
from services.intake.schemas.people import LikePatients, Match, PatientView, SearchRequest, SearchView
from services.intake.schemas.rescreening import RescreeningView
from services.intake.schemas.safety import ConcernView, SafetyTaskView
from services.intake.schemas.screening import ExplanationView, ReplayView, ScreeningView
from services.intake.views import (
    concern_view,
    consent_view,
    contact_of,
    order_view,
    patient_view,
    safety_task_view,
    screening_view,
)
from shared.aliases import of_person
from shared.clinicfile.store import clinic_under
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_patient, require_role
from shared.problems import NOT_FOUND
from shared.rules import ENGINE
from shared.searchindex import SearchIndex

STAFF = ("frontdesk", "nurse", "clinician", "admin")
CARE = ("nurse", "clinician")
MOST_CANDIDATES = 50
R = TypeVar("R", Screening, DoseOrder, Consent)


async def get_patient(uow: UnitOfWork, patient_id: UUID) -> PatientView:
    """Who a patient is. Raises NOT_FOUND, FORBIDDEN."""
    patient = await patient_of(uow, patient_id, *STAFF)
    await _audit_read(uow, "patient", patient.id, patient)
    return await patient_view(uow, patient)


async def list_like_patients(uow: UnitOfWork, patient_id: UUID) -> LikePatients:
    """Patients of the organisation who may be the same person. Raises NOT_FOUND, FORBIDDEN."""
    patient = await patient_of(uow, patient_id, *STAFF)
    await _audit_read(uow, "patient", patient.id, patient)
    return LikePatients(items=tuple(await like(uow, patient)))


async def search_patients(uow: UnitOfWork, request: SearchRequest) -> SearchView:
    """Patients of the organisation who may be meant, best first. At most 50 are unsealed and scored."""
    require_role(uow, None, *STAFF)
    found = await _candidates(uow, request)
    wanted = Wanted(request.name, request.birth_date, request.phone, request.email)
    matches = sorted((_match(uow, wanted, patient) for patient in found[:MOST_CANDIDATES]), key=lambda m: -m.score)
    for match in matches:
        await uow.audit("search", "patient", match.id, patient_id=match.id)
    if not matches:
        await uow.audit("search", "patient", "none")
    return SearchView(matches=tuple(m for m in matches if m.score > 0), more=len(found) > MOST_CANDIDATES)


async def _candidates(uow: UnitOfWork, request: SearchRequest) -> Sequence[Patient]:
    """Patients under any of the tokens, those with most of them first; one more than is looked at."""
    index = SearchIndex(uow.service.settings.index_key.get_secret_value(), uow.organisation_id)
    by_kind = index.tokens_for_query(
        name=request.name, birth_date=request.birth_date, phone=request.phone, email=request.email
    )
    tokens = sorted(token for tokens in by_kind.values() for token in tokens)
    rows = await uow.sql(
        "SELECT patient_id FROM patient_index WHERE organisation_id = $1 AND token = ANY ($2::varchar[])"
        " GROUP BY patient_id ORDER BY count(*) DESC, patient_id LIMIT $3",
        uow.organisation_id, tokens, MOST_CANDIDATES + 1,
    )  # fmt: skip
    ids = [row.patient_id for row in rows]
    owned = select(Patient).where(Patient.organisation_id == uow.organisation_id)
    patients = {p.id: p for p in await uow.session.exec(owned.where(col(Patient.id).in_(ids)))}
    return [patients[patient_id] for patient_id in ids]


def _match(uow: UnitOfWork, wanted: Wanted, patient: Patient) -> Match:
    person = person_of(uow, patient)
    return Match(
        id=patient.id, record_number=person.record_number, legal_given_name=person.given_name,
        legal_family_name=person.family_name, preferred_name=person.preferred_name, birth_date=person.birth_date,
        score=score(points(wanted, person, contact_of(uow, patient))),
    )  # fmt: skip


async def get_newest_screening(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID | None = None) -> ScreeningView:
    """The screening that stands at a clinic, the patient's own unless given. Raises NOT_FOUND before the first one."""
    patient = await patient_of(uow, patient_id, *CARE)
    screening = await newest_screening(uow, patient.id, clinic_id or patient.clinic_id)
    if screening is None:
        raise NOT_FOUND()
    await _audit_read(uow, "screening", screening.id, screening)
    return await screening_view(uow, screening)


async def get_screening(uow: UnitOfWork, screening_id: UUID) -> ScreeningView:
    """One screening. Raises NOT_FOUND, FORBIDDEN."""
    screening = await _one(uow, Screening, screening_id)
    await _audit_read(uow, "screening", screening.id, screening)
    return await screening_view(uow, screening)


async def explain_screening(uow: UnitOfWork, screening_id: UUID) -> ExplanationView:
    """Why a screening says what it says, for staff. Raises NOT_FOUND, FORBIDDEN."""
    screening = await _one(uow, Screening, screening_id)
    await _audit_read(uow, "screening", screening.id, screening)
    return explanation_view(screening, decision_of(uow, screening))


async def replay_screening(uow: UnitOfWork, screening_id: UUID) -> ReplayView:
    """Decide again from what is stored, under the rules of then. Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE."""
    screening = await _one(uow, Screening, screening_id)
    await _audit_read(uow, "screening", screening.id, screening)
    stored = decision_of(uow, screening)
    clinic = await clinic_under(uow, screening.clinic_id, stored.rule_set_hash)
    again = screen(clinic.file, clinic.hash, stored.facts, stored.screened_at)
    found = differences(stored, again)
    return ReplayView(
        screening_id=screening.id, version=screening.version, rule_set_hash=stored.rule_set_hash,
        engine_then=stored.engine, engine_now=ENGINE, same=not found, differences=found,
    )  # fmt: skip


async def get_rescreening(uow: UnitOfWork, clinic_id: UUID) -> RescreeningView:
    """How far patients were looked at under the clinic's rules in force. Raises NOT_FOUND, FORBIDDEN."""
    require_role(uow, clinic_id, "director", "admin", "operator")
    row = await uow.session.get(Rescreening, clinic_id)
    if row is None or row.organisation_id != uow.organisation_id:
        raise NOT_FOUND()
    return RescreeningView.model_validate(row.model_dump())


async def get_order(uow: UnitOfWork, order_id: UUID) -> OrderView:
    """One dose order. Raises NOT_FOUND, FORBIDDEN."""
    order = await _one(uow, DoseOrder, order_id)
    await _audit_read(uow, "order", order.id, order)
    return await order_view(uow, order)


async def list_orders(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[OrderView]:
    """The orders of a patient, the newest first. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    patient = await patient_of(uow, patient_id, *CARE)
    after = paging.after(uow, "orders", patient.id)
    owned = select(DoseOrder).where(
        of_person(DoseOrder.patient_id, patient.id), DoseOrder.organisation_id == uow.organisation_id
    )
    if after is not None:
        at, before = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(DoseOrder.signed_at) == at) & (col(DoseOrder.id) < before)
        owned = owned.where((col(DoseOrder.signed_at) < at) | same_time)
    newest = owned.order_by(col(DoseOrder.signed_at).desc(), col(DoseOrder.id).desc()).limit(paging.fetch)
    shown = [await order_view(uow, row) for row in await uow.session.exec(newest)]
    await _audit_read(uow, "order", patient.id, patient)
    return page(uow, shown, paging, lambda view: (view.signed_at.utc, view.id), "orders", patient.id)


async def get_consent(uow: UnitOfWork, consent_id: UUID) -> ConsentView:
    """One treatment consent. Raises NOT_FOUND, FORBIDDEN."""
    consent = await _one(uow, Consent, consent_id)
    await _audit_read(uow, "consent", consent.id, consent)
    return await consent_view(uow, consent)


async def list_open_concerns(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[ConcernView]:
    """The open safety concerns of a patient, oldest first. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    patient = await patient_of(uow, patient_id, *CARE)
    after = paging.after(uow, "concerns", patient.id)
    rows = [row for row in await open_concerns(uow, patient.id) if after is None or _key(row) > after]
    await _audit_read(uow, "safety_concern", patient.id, patient)
    shown = [await concern_view(uow, row) for row in rows[: paging.fetch]]
    return page(uow, shown, paging, lambda view: (view.raised_at.utc, view.id), "concerns", patient.id)


async def list_safety_tasks(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[SafetyTaskView]:
    """Open safety tasks about a person, oldest first; also of one who is not registered yet. Raises FORBIDDEN."""
    require_role(uow, None, *CARE)
    await require_open(uow, patient_id)
    after = paging.after(uow, "safety-tasks", patient_id)
    rows = [row for row in await tasks_of(uow, patient_id) if row.state == "OPEN"]
    rows = [row for row in rows if after is None or (row.opened_at.isoformat(), str(row.id)) > after]
    await uow.audit("read", "safety_task", patient_id, patient_id=patient_id)
    shown = [await safety_task_view(uow, row) for row in rows[: paging.fetch]]
    return page(uow, shown, paging, lambda view: (view.opened_at.utc, view.id), "safety-tasks", patient_id)


def _key(row: SafetyConcern) -> tuple[str, ...]:
    return row.raised_at.isoformat(), str(row.id)


async def _one(uow: UnitOfWork, table: type[R], row_id: UUID) -> R:
    """A row about a patient's care: care staff of the organisation, or the patient."""
    found = select(table).where(table.id == row_id, table.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(found)).one_or_none()
    if row is None:
        raise NOT_FOUND()
    require_patient(uow, row.patient_id)
    if uow.caller.kind == "staff":
        require_role(uow, None, *CARE)
    await require_open(uow, row.patient_id)
    return row


async def _audit_read(
    uow: UnitOfWork, resource: str, row_id: UUID, row: Patient | Screening | DoseOrder | Consent
) -> None:
    patient_id = row.id if isinstance(row, Patient) else row.patient_id
    version = row.version
    await uow.audit("read", resource, row_id, patient_id=patient_id, clinic_id=row.clinic_id, version=version)
