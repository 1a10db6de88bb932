"""Consents to the clinic's documents (domain SCR-071, H.6): signed, in force for a time, revocable whenever."""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from services.intake.commands.consents.documents import has_stored
from services.intake.commands.screening.deciding import screen_and_raise
from services.intake.domain.consenting import Signature, faults_of, overtaken, valid_until
from services.intake.domain.documents import Kind
from services.intake.history import signatures_of
from services.intake.models import Consent, Patient
from services.intake.records import InCare, patient_in_care
from services.intake.schemas.care import ConsentRequest, ConsentView
from services.intake.views import consent_view
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import ConsentRevoked, ConsentSigned
from shared.http import require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError

CONSENT_STAFF = ("frontdesk", "nurse", "clinician")


async def sign_consent(uow: UnitOfWork, patient_id: UUID, request: ConsentRequest) -> ConsentView:
    """Record a signature, by the patient or by staff from paper, and screen with it. One that was given before the
    document was revoked is kept, and revoked as well.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (the id is in use), INVALID_REQUEST (a document or version that the clinic
    does not have, a language in which it is not offered, no witness where one is needed, signed in the future, a scan
    that is none of the patient's).
    """
    care = await patient_in_care(uow, patient_id, *CONSENT_STAFF, at=request.clinic_id)
    row = await _signed(uow, care, request)
    event = ConsentSigned(
        consent_id=row.id, patient_id=row.patient_id, version=row.version, document=row.document,
        document_version=row.document_version, signed_at=row.signed_at, valid_until=row.valid_until,
    )  # fmt: skip
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit(uow, "create", row)
    await end_overtaken(uow, care.patient)
    await screen_and_raise(uow, care)
    return await consent_view(uow, row)


async def _signed(uow: UnitOfWork, care: InCare, request: ConsentRequest) -> Consent:
    file = (await active_clinic(uow, care.clinic_id)).file
    document, signed_at = file.consent(request.document), request.signed_at or uow.now
    how = Signature.model_validate(request, from_attributes=True)
    offered = (one.code for one in file.consents)
    faults = list(faults_of(document, offered, request.document_version, how, signed_at, uow.now))
    if how.scan_id and not await has_stored(uow, care.patient.id, how.scan_id, Kind.PAPER_CONSENT):
        faults.append(("/scan_id", "UNKNOWN_DOCUMENT", {}))
    if document is None or faults:
        raise INVALID_REQUEST(errors=[FieldError(*fault) for fault in faults])
    taken = select(Consent.id).where(Consent.id == request.consent_id)
    if request.consent_id and (await uow.session.exec(taken)).first() is not None:
        raise CONFLICT(errors=[FieldError("/consent_id", "IN_USE")])
    row_id = request.consent_id or new_id()
    row = Consent(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=care.patient.id,
        document=request.document, document_version=request.document_version, signed_by=uow.caller.subject,
        signed_at=signed_at, valid_until=valid_until(document, signed_at, file.screening.consent_valid_days),
        signature=uow.seal_column("consent", "signature", row_id, how),
    )  # fmt: skip
    uow.session.add(row)
    return row


async def revoke_consent(uow: UnitOfWork, consent_id: UUID, expected_version: int) -> ConsentView:
    """End a consent from now on, with every other that was given to the same document before, and screen without them.

    Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT if it is revoked.
    """
    row, care = await _consent(uow, consent_id)
    require_version(row.version, expected_version)
    if row.state != "SIGNED":
        raise CONFLICT(params={"state": row.state})
    await _end(uow, row, uow.now)
    await end_overtaken(uow, care.patient)
    await screen_and_raise(uow, care)
    return await consent_view(uow, row)


async def end_overtaken(uow: UnitOfWork, patient: Patient) -> None:
    """Revoke what was signed before its document was revoked, under whichever id of the person and at whichever clinic.

    The patient's row must be locked. Emits ConsentRevoked.
    """
    await uow.session.flush()
    for signed, revoked_at in overtaken(await signatures_of(uow, patient)):
        await _end(uow, await uow.session.get_one(Consent, signed.id), revoked_at)


async def _end(uow: UnitOfWork, row: Consent, revoked_at: datetime) -> None:
    row.state, row.version, row.revoked_at = "REVOKED", row.version + 1, revoked_at
    event = ConsentRevoked(
        consent_id=row.id, patient_id=row.patient_id, version=row.version, document=row.document, revoked_at=revoked_at
    )
    uow.emit(event, key=row.patient_id, subject=row.id, clinic_id=row.clinic_id)
    await _audit(uow, "update", row)


async def _consent(uow: UnitOfWork, consent_id: UUID) -> tuple[Consent, InCare]:
    """The consent, with its patient locked before it is read."""
    owned = select(Consent.patient_id, Consent.clinic_id).where(
        Consent.id == consent_id, Consent.organisation_id == uow.organisation_id
    )
    found = (await uow.session.exec(owned)).one_or_none()
    if found is None:
        raise NOT_FOUND()
    patient_id, clinic_id = found
    care = await patient_in_care(uow, patient_id, *CONSENT_STAFF, at=clinic_id)
    return (await uow.session.exec(select(Consent).where(Consent.id == consent_id))).one(), care


async def _audit(uow: UnitOfWork, action: str, row: Consent) -> None:
    await uow.audit(action, "consent", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version)
