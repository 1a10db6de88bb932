"""Identity, contact and contact consent of a patient change; the others hear the whole state."""

from uuid import UUID
from zoneinfo import ZoneInfo

from services.intake.commands.orders.signing import end_orders_against
from services.intake.commands.people.leads import consents_of
from services.intake.commands.people.registration import index, require_born
from services.intake.commands.screening.deciding import screen_and_raise
from services.intake.domain.person import Person
from services.intake.models import Patient
from services.intake.records import InCare, locked_patient, person_of
from services.intake.schemas.people import ChangeRequest, ContactConsentsRequest, PatientView
from services.intake.views import contact_of, patient_view
from shared.aliases import require_unmerged
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientChanged
from shared.events.parts import Contact, ContactRecord
from shared.http import require_version
from shared.sealing import Sealed

RECORD_KEEPERS = ("frontdesk", "nurse", "admin")


async def change_patient(
    uow: UnitOfWork, patient_id: UUID, request: ChangeRequest, expected_version: int
) -> PatientView:
    """Replace identity, contact and allergies, and screen with them. Emits PatientChanged.

    Orders with a medicine that an allergy now forbids are revoked.

    Raises NOT_FOUND, FORBIDDEN, PATIENT_MERGED, STALE_VERSION, INVALID_REQUEST (birth date in the future).
    """
    patient = await locked_patient(uow, patient_id, *RECORD_KEEPERS)
    await require_unmerged(uow, patient_id)
    require_version(patient.version, expected_version)
    zone = (await active_clinic(uow, patient.clinic_id)).file.zone
    require_born(request.birth_date, uow.now.astimezone(ZoneInfo(zone)).date())
    person = request.person(person_of(uow, patient).record_number)
    contact = person.contact(request.phone, request.email, zone)
    patient.identity = uow.seal_column("patient", "identity", patient.id, person)
    patient.contact = uow.seal_column("patient", "contact", patient.id, contact)
    await index(uow, patient.id, person, contact)
    consents = consents_of(uow, request.consents, "front_desk")
    await _tell(uow, patient, person, ContactRecord(contact=contact, consents=consents))
    await end_orders_against(uow, patient.id, person.allergies)
    await screen_and_raise(uow, InCare(patient, patient.clinic_id))
    return await patient_view(uow, patient)


async def record_contact_consents(uow: UnitOfWork, patient_id: UUID, request: ContactConsentsRequest) -> PatientView:
    """Report acts of contact consent; notifications' ledger decides what they allow. Emits PatientChanged.

    Raises NOT_FOUND, FORBIDDEN.
    """
    patient = await locked_patient(uow, patient_id, *RECORD_KEEPERS)
    method = "portal" if uow.caller.kind == "patient" else "front_desk"
    contact: Contact = contact_of(uow, patient)
    record = ContactRecord(contact=contact, consents=consents_of(uow, request.consents, method))
    await _tell(uow, patient, person_of(uow, patient), record)
    return await patient_view(uow, patient)


async def _tell(uow: UnitOfWork, patient: Patient, person: Person, contact: ContactRecord) -> None:
    patient.version += 1
    event = PatientChanged(
        patient_id=patient.id, version=patient.version, changed_at=uow.now, identity=Sealed.of(person.identity()),
        contact=Sealed.of(contact),
    )  # fmt: skip
    uow.emit(event, key=patient.id, subject=patient.id, clinic_id=patient.clinic_id)
    await uow.audit(
        "update", "patient", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id, version=patient.version
    )  # fmt: skip
