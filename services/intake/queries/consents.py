"""How a clinic's consent documents stand with a patient."""

from uuid import UUID

from services.intake.domain.consenting import standing
from services.intake.history import signatures_of
from services.intake.models import Patient
from services.intake.records import patient_of
from services.intake.schemas.care import ConsentDocuments, ConsentDocumentView
from services.intake.views import wall_of
from shared.clinicfile.consents import ConsentDocument
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork

CONSENT_READERS = ("frontdesk", "nurse", "clinician")


async def list_consent_documents(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID | None) -> ConsentDocuments:
    """Every document of the clinic and how it stands with the patient. Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE."""
    patient = await patient_of(uow, patient_id, *CONSENT_READERS)
    clinic = await active_clinic(uow, clinic_id or patient.clinic_id)
    signatures, wall = await signatures_of(uow, patient), await wall_of(uow, patient)
    await uow.audit("read", "consent", patient.id, patient_id=patient.id, clinic_id=clinic.file.clinic_id)
    items = []
    for document in clinic.file.consents:
        state, signed = standing(document, signatures, uow.now)
        until = signed.valid_until if signed else None
        items.append(
            ConsentDocumentView(
                document=document.code, document_version=document.version, titles=document.title,
                witness_needed=document.witness, required_for=_required_for(clinic.file, document), state=state,
                consent_id=signed and signed.id, valid_until=wall.perhaps(until),
            )
        )  # fmt: skip
    return ConsentDocuments(patient_id=patient.id, clinic_id=clinic.file.clinic_id, items=items)


async def documents_missing(uow: UnitOfWork, patient: Patient) -> list[str]:
    """Documents without which the patient's own clinic starts none of its treatments, and that are not in force."""
    file, signatures = (await active_clinic(uow, patient.clinic_id)).file, await signatures_of(uow, patient)
    needed = [{one.code for one in file.consents_for(protocol)} for protocol in file.protocols]
    always = set.intersection(*needed)
    return [
        one.code for one in file.consents if one.code in always and standing(one, signatures, uow.now)[0] != "SIGNED"
    ]


def _required_for(file: ClinicFile, document: ConsentDocument) -> list[str]:
    return [protocol.id for protocol in file.protocols if document in file.consents_for(protocol)]
