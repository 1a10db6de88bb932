"""Somebody asks to be contacted."""

from uuid import UUID

from services.intake.domain.person import LeadForm
from services.intake.models import Lead
from services.intake.schemas.people import ConsentAct, LeadRequest, LeadView
from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import LeadReceived
from shared.events.parts import ContactConsent
from shared.http import instant
from shared.ids import new_id
from shared.problems import NOT_FOUND, Problem
from shared.sealing import Sealed


async def receive_lead(uow: UnitOfWork, clinic_id: UUID, request: LeadRequest) -> LeadView:
    """Keep a web lead. Its id becomes the patient's id. Raises NOT_FOUND for a clinic that is not here."""
    zone = await _zone_of_public_clinic(uow, clinic_id)
    form = LeadForm(**request.model_dump(exclude={"consents"}), consents=consents_of(uow, request.consents, "web_form"))
    lead_id = new_id()
    sealed = uow.seal_column("lead", "request", lead_id, form)
    uow.session.add(
        Lead(id=lead_id, organisation_id=uow.organisation_id, clinic_id=clinic_id, received_at=uow.now, request=sealed)
    )
    event = LeadReceived(
        patient_id=lead_id, clinic_id=clinic_id, channel="WEB", received_at=uow.now, contact=Sealed.of(form.record())
    )
    uow.emit(event, key=lead_id, subject=lead_id, clinic_id=clinic_id)
    await uow.audit("create", "lead", lead_id, patient_id=lead_id, clinic_id=clinic_id)
    return LeadView(id=lead_id, received_at=instant(uow.now, zone))


async def _zone_of_public_clinic(uow: UnitOfWork, clinic_id: UUID) -> str:
    """To the public a clinic without a file in force does not exist."""
    try:
        return (await active_clinic(uow, clinic_id)).file.zone
    except Problem as problem:
        raise (NOT_FOUND() if problem.kind is NO_CLINIC_FILE else problem) from None


def consents_of(uow: UnitOfWork, acts: tuple[ConsentAct, ...], method: str) -> tuple[ContactConsent, ...]:
    """Acts of contact consent as they happened now, by `method`; notifications decides what they allow."""
    return tuple(ContactConsent(**act.model_dump(), method=method, given_at=uow.now) for act in acts)
