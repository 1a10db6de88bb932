"""Papers about a patient: announced, taken in parts in any order, found whole, superseded, removed for a reason."""

from typing import NamedTuple
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import func, select

from services.intake.domain.documents import (
    BY_PATIENTS,
    MOST_OPEN,
    UPLOAD_FOR,
    UPLOADERS,
    Announced,
    DocumentDetail,
    Found,
    flaws_of,
)
from services.intake.models import Document, DocumentPart
from services.intake.papers.store import Part
from services.intake.papers.views import announced, detail_of, document_view, parts_of
from services.intake.records import patient_in_care, source_of
from services.intake.schemas.documents import DocumentRequest, DocumentView, RemoveDocumentRequest
from shared.aliases import of_person
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_version
from shared.ids import new_id
from shared.problems import CONFLICT, INVALID_REQUEST, NOT_FOUND, FieldError, problem_kind

TOO_MANY_UPLOADS = problem_kind(
    "TOO_MANY_UPLOADS", 409, "Too many documents of this patient are being sent", "Finish or remove one of them first."
)


class Upload(NamedTuple):
    """An upload as it is before something is done in the file store."""

    document_id: UUID
    whole: Announced
    parts: list[Part]


async def begin_document(uow: UnitOfWork, patient_id: UUID, request: DocumentRequest) -> DocumentView:
    """Announce a document; its parts may come for a day.

    Raises NOT_FOUND, FORBIDDEN, CONFLICT (the id is in use), TOO_MANY_UPLOADS, INVALID_REQUEST (a kind that patients do
    not send in, a document to supersede that is not one of this patient and kind).
    """
    care = await patient_in_care(uow, patient_id, *UPLOADERS, at=request.clinic_id)
    patient_id = care.patient.id
    if flaws := await _flaws(uow, patient_id, request):
        raise INVALID_REQUEST(errors=flaws)
    taken = select(Document.id).where(Document.id == request.document_id)
    if request.document_id and (await uow.session.exec(taken)).first() is not None:
        raise CONFLICT(errors=[FieldError("/document_id", "IN_USE")])
    await _require_room(uow, patient_id)
    row_id = request.document_id or new_id()
    row = Document(
        id=row_id, organisation_id=uow.organisation_id, clinic_id=care.clinic_id, patient_id=patient_id,
        kind=request.kind, content_type=request.content_type, size=request.size, source=source_of(uow),
        begun_by=uow.caller.subject, begun_at=wall_now(), supersedes=request.supersedes,
        detail=uow.seal_column("document", "detail", row_id, DocumentDetail(sha256=request.sha256)),
    )  # fmt: skip
    uow.session.add(row)
    await uow.session.flush()
    await _audit(uow, "create", row)
    return await document_view(uow, row)


async def _flaws(uow: UnitOfWork, patient_id: UUID, request: DocumentRequest) -> list[FieldError]:
    flaws = []
    if source_of(uow) != "staff" and request.kind not in BY_PATIENTS:
        flaws.append(FieldError("/kind", "TAKEN_BY_STAFF", {"kinds": sorted(BY_PATIENTS)}))
    if request.supersedes is not None:
        before = await _stored(uow, patient_id, request.supersedes)
        if before is None or before.kind != request.kind:
            flaws.append(FieldError("/supersedes", "UNKNOWN_DOCUMENT"))
    return flaws


async def _stored(uow: UnitOfWork, patient_id: UUID, document_id: UUID) -> Document | None:
    found = select(Document).where(
        Document.id == document_id, of_person(Document.patient_id, patient_id), Document.state == "STORED",
        Document.organisation_id == uow.organisation_id,
    )  # fmt: skip
    return (await uow.session.exec(found)).one_or_none()


async def has_stored(uow: UnitOfWork, patient_id: UUID, document_id: UUID, kind: str | None = None) -> bool:
    """Whether the patient has a document, of this kind if one is named, that is whole and shown."""
    row = await _stored(uow, patient_id, document_id)
    return row is not None and kind in (None, row.kind)


async def _require_room(uow: UnitOfWork, patient_id: UUID) -> None:
    sending = select(func.count()).where(
        of_person(Document.patient_id, patient_id), Document.organisation_id == uow.organisation_id,
        Document.state == "UPLOADING",
    )  # fmt: skip
    if (await uow.session.exec(sending)).one() >= MOST_OPEN:
        raise TOO_MANY_UPLOADS(params={"most": MOST_OPEN})


async def upload_of(uow: UnitOfWork, document_id: UUID) -> Upload | None:
    """What is being sent; None when it is not any more. Raises NOT_FOUND, FORBIDDEN."""
    row = await _document(uow, document_id)
    if row.state != "UPLOADING" or row.begun_at < wall_now() - UPLOAD_FOR:
        return None
    return Upload(row.id, announced(uow, row), await parts_of(uow, row.id))


async def part_to_take(uow: UnitOfWork, document_id: UUID, number: int, length: int) -> Upload | None:
    """The same, before a part of `length` bytes is written. Raises INVALID_REQUEST for one that is not among them."""
    upload = await upload_of(uow, document_id)
    if upload is None:
        return None
    wanted = upload.whole.length_of(number)
    if wanted is None:
        raise INVALID_REQUEST(errors=[FieldError("path:number", "NO_SUCH_PART", {"parts": upload.whole.parts})])
    if wanted != length:
        raise INVALID_REQUEST(errors=[FieldError("", "WRONG_LENGTH", {"bytes": wanted})])
    return upload


async def take_part(uow: UnitOfWork, document_id: UUID, number: int, length: int, file: UUID) -> DocumentView:
    """A part was written as `file`; it takes the place of an earlier one. Raises CONFLICT when nothing is sent now."""
    row = await _sending(uow, document_id)
    given = {"document_id": row.id, "number": number, "organisation_id": row.organisation_id}
    newest = insert(DocumentPart).values(**given, file=file, size=length)
    await uow.session.exec(
        newest.on_conflict_do_update(
            index_elements=["document_id", "number"], set_={"file": newest.excluded.file, "size": newest.excluded.size}
        )
    )
    await _audit(uow, "update", row)
    return await document_view(uow, row)


async def complete_document(uow: UnitOfWork, document_id: UUID, found: Found | None, read: list[Part]) -> DocumentView:
    """Every part is here and together they are what was announced: the document is stored.

    `found` is what the parts that were `read` make. Raises CONFLICT when nothing is sent now or a part came meanwhile,
    INVALID_REQUEST naming what is missing or differs; then parts may be sent again.
    """
    row = await _sending(uow, document_id)
    if found is None or await parts_of(uow, row.id) != read:
        raise CONFLICT(params={"state": row.state})
    if flaws := [FieldError(*flaw) for flaw in flaws_of(announced(uow, row), found)]:
        raise INVALID_REQUEST(errors=flaws)
    row.state, row.version, row.stored_at = "STORED", row.version + 1, uow.now
    before = await _stored(uow, row.patient_id, row.supersedes) if row.supersedes else None
    if before is not None:
        before.state, before.version, before.superseded_by = "SUPERSEDED", before.version + 1, row.id
        before.ended_at, before.ended_by = uow.now, uow.caller.subject
        await _audit(uow, "update", before, reason="SUPERSEDED")
    await _audit(uow, "update", row, reason="STORED")
    return await document_view(uow, row)


async def remove_document(
    uow: UnitOfWork, document_id: UUID, request: RemoveDocumentRequest, expected_version: int
) -> DocumentView:
    """Show a document no longer, for a reason; its content stays. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT
    when it is removed or never came."""
    row = await _document(uow, document_id)
    require_version(row.version, expected_version)
    if row.state in ("REMOVED", "EXPIRED"):
        raise CONFLICT(params={"state": row.state})
    row.state, row.version, row.ended_at, row.ended_by = "REMOVED", row.version + 1, uow.now, uow.caller.subject
    row.reason_code = request.reason_code
    detail = detail_of(uow, row).model_copy(update={"note": request.note})
    row.detail = uow.seal_column("document", "detail", row.id, detail)
    await _audit(uow, "update", row, reason=request.reason_code)
    return await document_view(uow, row)


async def expire_upload(uow: UnitOfWork, document_id: UUID) -> None:
    """What did not come in a day is not waited for any more."""
    found = select(Document).where(Document.id == document_id, Document.state == "UPLOADING").with_for_update()
    row = (await uow.session.exec(found)).one_or_none()
    if row is not None:
        row.state, row.version, row.ended_at = "EXPIRED", row.version + 1, uow.now
        await _audit(uow, "update", row, reason="EXPIRED")


async def _sending(uow: UnitOfWork, document_id: UUID) -> Document:
    row = await _document(uow, document_id)
    if row.state != "UPLOADING" or row.begun_at < wall_now() - UPLOAD_FOR:
        raise CONFLICT(params={"state": "EXPIRED" if row.state == "UPLOADING" else row.state})
    return row


async def _document(uow: UnitOfWork, document_id: UUID) -> Document:
    """The document, with its patient locked before it is read."""
    owned = select(Document.patient_id, Document.clinic_id).where(
        Document.id == document_id, Document.organisation_id == uow.organisation_id
    )
    found = (await uow.session.exec(owned)).one_or_none()
    if found is None:
        raise NOT_FOUND()
    await patient_in_care(uow, found[0], *UPLOADERS, at=found[1])
    return (await uow.session.exec(select(Document).where(Document.id == document_id))).one()


async def _audit(uow: UnitOfWork, action: str, row: Document, reason: str | None = None) -> None:
    await uow.audit(
        action, "document", row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version,
        reason=reason,
    )  # fmt: skip
