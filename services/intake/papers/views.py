"""How a document is shown."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.documents import PART, Announced, DocumentDetail
from services.intake.models import Document, DocumentPart
from services.intake.papers.store import Part
from services.intake.records import SOURCES
from services.intake.schemas.documents import DocumentView
from services.intake.views import Wall, wall_of
from shared.db.unit_of_work import UnitOfWork


async def parts_of(uow: UnitOfWork, document_id: UUID) -> list[Part]:
    """The parts that came, in their order."""
    rows = select(DocumentPart).where(DocumentPart.document_id == document_id)
    return [Part(row.number, row.file) for row in await uow.session.exec(rows.order_by(col(DocumentPart.number)))]


def detail_of(uow: UnitOfWork, row: Document) -> DocumentDetail:
    return uow.open_column("document", "detail", row.id, row.detail, DocumentDetail)


def announced(uow: UnitOfWork, row: Document) -> Announced:
    return Announced(row.content_type, row.size, detail_of(uow, row).sha256)


async def document_view(uow: UnitOfWork, row: Document) -> DocumentView:
    """A document, with the parts that are here while it is being sent."""
    return _view(uow, row, await wall_of(uow, row), await parts_of(uow, row.id))


async def document_views(uow: UnitOfWork, rows: Sequence[Document]) -> list[DocumentView]:
    """Documents, in their order."""
    return [await document_view(uow, row) for row in rows]


def _view(uow: UnitOfWork, row: Document, wall: Wall, parts: Iterable[Part]) -> DocumentView:
    detail, whole = detail_of(uow, row), announced(uow, row)
    return DocumentView(
        id=row.id, patient_id=row.patient_id, clinic_id=row.clinic_id, version=row.version, kind=row.kind,
        state=row.state, content_type=row.content_type, size=row.size, sha256=detail.sha256, part_bytes=PART,
        parts=whole.parts, received=tuple(part.number for part in parts), source=SOURCES[row.source],
        begun_by=row.begun_by, begun_at=wall.at(row.begun_at), stored_at=wall.perhaps(row.stored_at),
        ended_at=wall.perhaps(row.ended_at), ended_by=row.ended_by, reason_code=row.reason_code, note=detail.note,
        supersedes=row.supersedes, superseded_by=row.superseded_by,
    )  # fmt: skip
