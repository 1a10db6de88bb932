"""A person becomes a patient of the organisation."""

from datetime import date
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlmodel import select

from services.intake.commands.people.leads import consents_of
from services.intake.commands.people.login import new_login_link
from services.intake.domain.person import Person, record_number
from services.intake.likeness import like
from services.intake.models import Lead, Patient
from services.intake.schemas.people import RegisteredView, RegisterRequest
from services.intake.views import patient_view
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientRegistered
from shared.events.parts import Contact, ContactRecord
from shared.http import require_role
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, NOT_FOUND, FieldError, problem_kind
from shared.sealing import Sealed
from shared.searchindex import SearchIndex

ALREADY_REGISTERED = problem_kind(
    "ALREADY_REGISTERED", 409, "A patient with this id exists", "Read the patient, or register without this id."
)
FRONT_DESK = ("frontdesk", "admin")
_NEXT_NUMBER = """
INSERT INTO record_number AS r (organisation_id, last) VALUES ($1, 1)
ON CONFLICT (organisation_id) DO UPDATE SET last = r.last + 1 RETURNING last
"""
_INDEX = """
WITH gone AS (DELETE FROM patient_index WHERE patient_id = $2 AND token <> ALL ($3::varchar[]))
INSERT INTO patient_index (organisation_id, patient_id, token) SELECT $1::uuid, $2::uuid, unnest($3::varchar[])
ON CONFLICT DO NOTHING
"""


async def register_patient(uow: UnitOfWork, request: RegisterRequest) -> RegisteredView:
    """Register a patient under the lead's id, the given id, or a new one, make a login link, show who is alike.

    Raises FORBIDDEN, NOT_FOUND (lead), ALREADY_REGISTERED, INVALID_REQUEST (birth date in the future).
    """
    require_role(uow, request.clinic_id, *FRONT_DESK)
    clinic = await active_clinic(uow, request.clinic_id)
    require_born(request.birth_date, uow.now.astimezone(ZoneInfo(clinic.file.zone)).date())
    person = await _person(uow, request)
    contact = person.contact(request.phone, request.email, clinic.file.zone)
    patient = await _insert(uow, request, person, contact)
    await index(uow, patient.id, person, contact)
    consents = consents_of(uow, request.consents, "front_desk")
    _emit(uow, patient, person, ContactRecord(contact=contact, consents=consents))
    await uow.audit("create", "patient", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id, version=1)
    link = await new_login_link(uow, patient)
    view = dict(await patient_view(uow, patient))
    return RegisteredView(**view, login_link=link, possible_duplicates=tuple(await like(uow, patient)))


def require_born(birth_date: date, today: date) -> None:
    """Nobody is born in the future. Raises INVALID_REQUEST."""
    if birth_date > today:
        raise INVALID_REQUEST(errors=[FieldError("/birth_date", "IN_THE_FUTURE")])


async def _person(uow: UnitOfWork, request: RegisterRequest) -> Person:
    """A number is drawn in a transaction of its own: nobody waits for another's registration to end.

    A registration that fails afterwards leaves its number unused.
    """
    pool = await uow.service.database.pool()
    return request.person(record_number(await pool.fetchval(_NEXT_NUMBER, uow.organisation_id)))


async def _insert(uow: UnitOfWork, request: RegisterRequest, person: Person, contact: Contact) -> Patient:
    patient_id = await _id_for(uow, request)
    patient = Patient(
        id=patient_id, organisation_id=uow.organisation_id, clinic_id=request.clinic_id, registered_at=uow.now,
        identity=uow.seal_column("patient", "identity", patient_id, person),
        contact=uow.seal_column("patient", "contact", patient_id, contact),
    )  # fmt: skip
    uow.session.add(patient)
    await uow.session.flush()
    return patient


async def _id_for(uow: UnitOfWork, request: RegisterRequest) -> UUID:
    """A lock on the id makes two registrations under it happen in turn."""
    if request.lead_id is not None:
        await _require_lead(uow, request.lead_id)
    wanted = request.lead_id or request.patient_id
    if wanted is None:
        return new_id()
    await uow.sql("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", str(wanted))
    if (await uow.session.exec(select(Patient.id).where(Patient.id == wanted))).first() is not None:
        raise ALREADY_REGISTERED()
    return wanted


async def _require_lead(uow: UnitOfWork, lead_id: UUID) -> None:
    lead = select(Lead.id).where(Lead.id == lead_id, Lead.organisation_id == uow.organisation_id)
    if (await uow.session.exec(lead)).first() is None:
        raise NOT_FOUND(errors=[FieldError("/lead_id", "UNKNOWN_LEAD")])


async def index(uow: UnitOfWork, patient_id: UUID, person: Person, contact: Contact) -> None:
    """Under these tokens, and no others, the patient is found from now on."""
    search = SearchIndex(uow.service.settings.index_key.get_secret_value(), uow.organisation_id)
    tokens = sorted(search.tokens_for(person.identity(), contact))
    await uow.sql(_INDEX, uow.organisation_id, patient_id, tokens)


def _emit(uow: UnitOfWork, patient: Patient, person: Person, contact: ContactRecord) -> None:
    event = PatientRegistered(
        patient_id=patient.id,
        version=patient.version,
        registered_at=patient.registered_at,
        identity=Sealed.of(person.identity()),
        contact=Sealed.of(contact),
    )
    uow.emit(event, key=patient.id, subject=patient.id, clinic_id=patient.clinic_id)
