"""Somebody asks to be contacted."""

from uuid import UUID

from services.intake.commands.safety.words import heed_words
from services.intake.domain.leadform import MESSAGES, Filled, flaws, next_step
from services.intake.domain.person import LeadForm
from services.intake.domain.safety import CRISIS
from services.intake.models import Lead
from services.intake.records import public_clinic
from services.intake.schemas.leads import LeadRequest, LeadView
from services.intake.schemas.people import ConsentAct
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import LeadReceived
from shared.events.parts import ContactConsent
from shared.http import instant
from shared.ids import new_id
from shared.problems import INVALID_REQUEST, FieldError
from shared.sealing import Sealed


async def receive_lead(uow: UnitOfWork, clinic_id: UUID, request: LeadRequest) -> LeadView:
    """Keep what somebody wrote into the clinic's form. The lead's id becomes the patient's id.

    Words of crisis show help and open a task (A.6).

    Raises NOT_FOUND for a clinic that is not here, INVALID_REQUEST for what the form asks and the lead lacks.
    """
    file = await public_clinic(uow, clinic_id)
    _require_complete(request, file)
    form = LeadForm(**request.model_dump(exclude={"consents"}), consents=consents_of(uow, request.consents, "web_form"))
    lead_id = new_id()
    sealed = uow.seal_column("lead", "request", lead_id, form)
    uow.session.add(
        Lead(
            id=lead_id, organisation_id=uow.organisation_id, clinic_id=clinic_id, kind=file.lead_form.kind,
            received_at=uow.now, request=sealed,
        )
    )  # fmt: skip
    event = LeadReceived(
        patient_id=lead_id, clinic_id=clinic_id, channel="WEB", received_at=uow.now, contact=Sealed.of(form.record())
    )
    uow.emit(event, key=lead_id, subject=lead_id, clinic_id=clinic_id)
    await uow.audit("create", "lead", lead_id, patient_id=lead_id, clinic_id=clinic_id)
    in_crisis = await heed_words(uow, lead_id, clinic_id, {"LEAD_MESSAGE": request.message}, lead_id)
    step = next_step(file)
    return LeadView(
        id=lead_id, received_at=instant(uow.now, file.zone), next_step=step, message=MESSAGES[step],
        crisis=CRISIS if in_crisis else None,
    )  # fmt: skip


def _require_complete(request: LeadRequest, file: ClinicFile) -> None:
    filled = Filled(request.phone, request.preferred_time, request.location, request.lines)
    wrong = [FieldError(*flaw) for flaw in flaws(filled, file)]
    if wrong:
        raise INVALID_REQUEST(errors=wrong)


def consents_of(uow: UnitOfWork, acts: tuple[ConsentAct, ...], method: str) -> tuple[ContactConsent, ...]:
    """Acts of contact consent as they happened now, by `method`; notifications decides what they allow."""
    return tuple(ContactConsent(**act.model_dump(), method=method, given_at=uow.now) for act in acts)
