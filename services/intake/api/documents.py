"""Routes about papers: ECG, insurance card, consent on paper; sent in parts, read by whom their kind is for."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Request, Response

from services.intake import commands, queries
from services.intake.commands.consents.documents import TOO_MANY_UPLOADS
from services.intake.domain.documents import ALL_READERS, CONTENT_TYPES, LARGEST, PART, UPLOADERS
from services.intake.papers import flow
from services.intake.papers.store import DOCUMENT_LOST, FILES_AWAY
from services.intake.schemas.documents import DocumentRequest, DocumentView, RemoveDocumentRequest
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, reading
from shared.problems import CONFLICT, STALE_VERSION, VERSION_REQUIRED

router = APIRouter()
Sending = Annotated[Acting, Depends(acting(*UPLOADERS, patient=True, proxy="forms", limit="300/minute"))]
Beginning = Annotated[Acting, Depends(acting(*UPLOADERS, patient=True, proxy="forms", limit="30/minute"))]
Seeing = Annotated[Reading, Depends(reading(*ALL_READERS, patient=True))]
PartNumber = Annotated[int, Path(ge=1, le=-(-LARGEST // PART), description="counted from 1", examples=[1])]
_BYTES: dict[str, Any] = {"schema": {"type": "string", "format": "binary"}, "examples": {"file": {"value": "%PDF-"}}}
_CONTENT: dict[int | str, dict[str, Any]] = {
    200: {"description": "The content", "content": dict.fromkeys(CONTENT_TYPES, _BYTES)}
}
_BODY = {"requestBody": {"required": True, "content": {"application/octet-stream": _BYTES}}}


@router.post(
    "/v1/patients/{patient_id}/documents", operation_id="beginDocument", status_code=201, response_model=DocumentView,
    responses=problems(NO_CLINIC_FILE, CONFLICT, TOO_MANY_UPLOADS),
)  # fmt: skip
async def begin_document(patient_id: UUID, body: DocumentRequest, act: Beginning) -> Response:
    """Announce a document of at most 20 MiB; then send its parts within 24 hours, and complete it."""
    return await act.run(lambda uow: commands.begin_document(uow, patient_id, body), status=201)


@router.put(
    "/v1/documents/{document_id}/parts/{number}", operation_id="putDocumentPart", response_model=DocumentView,
    responses=problems(NO_CLINIC_FILE, CONFLICT, FILES_AWAY), openapi_extra=_BODY,
)  # fmt: skip
async def put_part(document_id: UUID, number: PartNumber, request: Request, act: Sending) -> Response:
    """A part as plain bytes: `part_bytes` of them, but for the last. In any order; sent again, the last one counts."""
    return await flow.receive_part(act, request.app.state.service, document_id, number, await request.body())


@router.post(
    "/v1/documents/{document_id}/complete", operation_id="completeDocument", response_model=DocumentView,
    responses=problems(NO_CLINIC_FILE, CONFLICT, FILES_AWAY, DOCUMENT_LOST),
)  # fmt: skip
async def complete_document(document_id: UUID, request: Request, act: Sending) -> Response:
    """Put the parts together: size, digest and content are those that were announced, or every flaw is named."""
    return await flow.complete(act, request.app.state.service, document_id)


@router.get(
    "/v1/patients/{patient_id}/documents", operation_id="listDocuments", response_model=Page[DocumentView],
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def list_documents(patient_id: UUID, pages: Pages, read: Seeing) -> Response:
    """Documents of a patient, the newest first, of the kinds that the caller may see."""
    return await read.run(lambda uow: queries.list_documents(uow, patient_id, pages))


@router.get(
    "/v1/documents/{document_id}", operation_id="getDocument", response_model=DocumentView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def get_document(document_id: UUID, read: Seeing) -> Response:
    """What is known of a document, and which parts are here while it is being sent."""
    return await read.run(lambda uow: queries.get_document(uow, document_id))


@router.get(
    "/v1/documents/{document_id}/content", operation_id="readDocument", response_class=Response,
    responses=problems(NO_CLINIC_FILE, CONFLICT, FILES_AWAY, DOCUMENT_LOST) | _CONTENT,
)  # fmt: skip
async def read_document(document_id: UUID, request: Request, read: Seeing) -> Response:
    """The content itself, as a download. Every reading leaves an audit row."""
    return await flow.download(read, request.app.state.service, document_id)


@router.post(
    "/v1/documents/{document_id}/remove", operation_id="removeDocument", response_model=DocumentView,
    responses=problems(NO_CLINIC_FILE, CONFLICT, STALE_VERSION, VERSION_REQUIRED),
)  # fmt: skip
async def remove_document(
    document_id: UUID, body: RemoveDocumentRequest, act: Annotated[Acting, Depends(acting(*UPLOADERS))]
) -> Response:
    """Show a document no longer, for a reason. Needs If-Match."""
    expected = act.expected_version
    return await act.run(lambda uow: commands.remove_document(uow, document_id, body, expected))
