"""Papers about a patient, as far as the caller may see their kind."""

from typing import NamedTuple
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.documents import ALL_READERS, READERS, Kind
from services.intake.glass import require_open
from services.intake.models import Document
from services.intake.papers.store import Part
from services.intake.papers.views import document_view, document_views, parts_of
from services.intake.records import patient_of
from services.intake.schemas.documents import DocumentView
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.http import Page, Paging, page, require_patient, require_role
from shared.problems import CONFLICT, NOT_FOUND


class Stored(NamedTuple):
    """Where the content of a document is, and what it is."""

    document_id: UUID
    content_type: str
    size: int
    parts: list[Part]


async def list_documents(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[DocumentView]:
    """The documents of a patient of the kinds that the caller may see, the newest first; not what never came.

    Raises NOT_FOUND, FORBIDDEN, RECORD_CLOSED, CURSOR_INVALID.
    """
    patient = await patient_of(uow, patient_id, *ALL_READERS)
    kinds = sorted(kind for kind in Kind if uow.caller.kind != "staff" or uow.caller.may(None, *READERS[kind]))
    scope = ("documents", patient.id, *kinds)
    after = paging.after(uow, *scope)
    rows = select(Document).where(
        of_person(Document.patient_id, patient.id), Document.organisation_id == uow.organisation_id,
        col(Document.kind).in_(kinds), Document.state != "EXPIRED",
    )  # fmt: skip
    if after is not None:
        rows = rows.where(col(Document.id) < UUID(after[0]))
    found = (await uow.session.exec(rows.order_by(col(Document.id).desc()).limit(paging.fetch))).all()
    await uow.audit("read", "document", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    return page(uow, await document_views(uow, found), paging, lambda view: (view.id,), *scope)


async def get_document(uow: UnitOfWork, document_id: UUID) -> DocumentView:
    """What is known of a document, but its content. Raises NOT_FOUND, FORBIDDEN, RECORD_CLOSED."""
    row = await _visible(uow, document_id)
    await _audit(uow, row, None)
    return await document_view(uow, row)


async def stored_document(uow: UnitOfWork, document_id: UUID) -> Stored:
    """Where a document's content is, for one who reads it. Raises NOT_FOUND, FORBIDDEN, RECORD_CLOSED, CONFLICT if it
    is not whole or was removed."""
    row = await _visible(uow, document_id)
    if row.state not in ("STORED", "SUPERSEDED"):
        raise CONFLICT(params={"state": row.state})
    await _audit(uow, row, "CONTENT")
    return Stored(row.id, row.content_type, row.size, await parts_of(uow, row.id))


async def _visible(uow: UnitOfWork, document_id: UUID) -> Document:
    found = select(Document).where(Document.id == document_id, Document.organisation_id == uow.organisation_id)
    row = (await uow.session.exec(found)).one_or_none()
    if row is None:
        raise NOT_FOUND()
    require_patient(uow, row.patient_id)
    if uow.caller.kind == "staff":
        require_role(uow, None, *READERS[Kind(row.kind)])
    await require_open(uow, row.patient_id)
    return row


async def _audit(uow: UnitOfWork, row: Document, reason: str | None) -> None:
    await uow.audit(
        "read", "document", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
        reason=reason,
    )  # fmt: skip
