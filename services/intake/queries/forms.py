"""The forms of a clinic."""

from uuid import UUID

from services.intake.domain.languages import chosen
from services.intake.forms.drafts import newest_draft
from services.intake.forms.draftviews import draft_view, filled
from services.intake.forms.files import form_of
from services.intake.forms.offered import FOR_STAFF, is_offered
from services.intake.forms.views import document_of, summary_of
from services.intake.records import patient_of
from services.intake.schemas.drafts import DraftView
from services.intake.schemas.forms import FormDocument, FormsView
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import INVALID_REQUEST, NOT_FOUND, FieldError


async def list_forms(
    uow: UnitOfWork, clinic_id: UUID | None, language: str | None, accept_language: str | None
) -> FormsView:
    """The forms of a clinic. Raises NO_CLINIC_FILE, INVALID_REQUEST when it is not clear which clinic is meant."""
    clinic = await _clinic(uow, clinic_id)
    file = (await active_clinic(uow, clinic)).file
    asked = (form for form in file.forms if not form.lead)
    shown = ((form, chosen(form.languages, language, accept_language)) for form in asked)
    return FormsView(
        clinic_id=clinic, forms=tuple(summary_of(form, one) for form, one in shown if is_offered(uow, file, form, one))
    )


async def show_form(
    uow: UnitOfWork, code: str, clinic_id: UUID | None, version: int | None, language: str | None,
    accept_language: str | None,
) -> FormDocument:  # fmt: skip
    """One form. Raises NOT_FOUND, NO_CLINIC_FILE, INSTRUMENT_FOR_STAFF in a language that an instrument is not
    validated in, INVALID_REQUEST when it is not clear which clinic is meant."""
    clinic = await _clinic(uow, clinic_id)
    form = (await form_of(uow, clinic, code, version)).form
    shown = chosen(form.languages, language, accept_language)
    if not is_offered(uow, (await active_clinic(uow, clinic)).file, form, shown):
        raise FOR_STAFF()
    return document_of(form, shown)


async def get_draft(uow: UnitOfWork, patient_id: UUID, form_id: str, clinic_id: UUID | None) -> DraftView:
    """The draft of a form that is open, or else the one sent in last. Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE."""
    patient = await patient_of(uow, patient_id, "nurse", "clinician")
    draft = await newest_draft(uow, patient.id, clinic_id or patient.clinic_id, form_id)
    if draft is None:
        raise NOT_FOUND()
    await uow.audit("read", "form_draft", draft.id, patient_id=patient.id, clinic_id=draft.clinic_id)
    return await draft_view(uow, await filled(uow, draft))


async def _clinic(uow: UnitOfWork, clinic_id: UUID | None) -> UUID:
    """The clinic named, or else the patient's own, or the only one of the staff member."""
    if clinic_id is not None:
        return clinic_id
    if uow.caller.patient_id is not None:
        return (await patient_of(uow, uow.caller.patient_id)).clinic_id
    clinics = uow.caller.clinics()
    if len(clinics) != 1:
        raise INVALID_REQUEST(errors=[FieldError("query:clinic_id", "MISSING")])
    return next(iter(clinics))
