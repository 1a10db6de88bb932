"""The public way in, and who acts for a patient."""

from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.languages import chosen
from services.intake.domain.wordings import wordings
from services.intake.forms.views import document_of
from services.intake.models import Proxy
from services.intake.records import patient_of, public_clinic
from services.intake.schemas.leads import FormConsent, FormLineView, FormLocation, FormMember, FormView
from services.intake.schemas.proxies import ProxyView
from services.intake.views import proxy_view
from shared.aliases import of_person
from shared.clinicfile.leads import lines_of, public_form
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page

STAFF = ("frontdesk", "nurse", "clinician", "admin")


async def get_form(
    uow: UnitOfWork, clinic_id: UUID, language: str | None = None, accept_language: str | None = None
) -> FormView:  # fmt: skip
    """What a clinic's public form asks, in a language that is understood where it is worded in it. Raises NOT_FOUND."""
    file = await public_clinic(uow, clinic_id)
    form = public_form(file)
    shown = chosen(form.languages, language, accept_language)
    return FormView(
        display_name=file.display_name,
        kind=file.lead_form.kind,
        lines=tuple(FormLineView(id=line.id, text=line.text[shown]) for line in lines_of(form)),
        locations=tuple(
            FormLocation(id=at.id, name=at.name, address=at.address, phone=at.phone) for at in file.locations
        ),
        team=tuple(FormMember(name=who.name, credentials=who.credentials, role=who.role) for who in file.team),
        consents=tuple(
            FormConsent(channel=w.channel, purpose=w.purpose, wording_version=w.version, text=w.text)
            for w in wordings(file.messages.sender_name)
        ),
        document=document_of(form, shown),
    )


async def list_proxies(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[ProxyView]:
    """Who acts or acted for a patient, oldest first. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    patient = await patient_of(uow, patient_id, *STAFF)
    await uow.audit("read", "proxy", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    owned = select(Proxy).where(of_person(Proxy.patient_id, patient.id), Proxy.organisation_id == uow.organisation_id)
    rows = (await uow.session.exec(owned.order_by(col(Proxy.id)))).all()
    after = paging.after(uow, "proxies", patient.id)
    shown = [await proxy_view(uow, row) for row in rows if after is None or (str(row.id),) > after]
    return page(uow, shown, paging, lambda view: (view.id,), "proxies", patient.id)
