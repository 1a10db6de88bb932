"""Papers about a patient: announced, sent in parts, put together, ended."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.documents import LARGEST, Kind
from services.intake.domain.observations import Source
from services.intake.schemas.fields import CareClinic, ClientId, Code, Note, Request
from shared.http import Instant
from shared.http.examples import example

ContentType = Literal["application/pdf", "image/png", "image/jpeg", "image/tiff", "image/heic"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="of the whole file, in hexadecimal")]


class DocumentRequest(Request):
    """A document that is going to be sent. `supersedes`: an earlier one of the same kind, whose place it takes when it
    is whole."""

    model_config = example(
        {
            "kind": "INSURANCE_CARD",
            "content_type": "image/jpeg",
            "size": 734003,
            "sha256": "b94d27b9934d3e08a52e52d7da7dabfac484efe37a5380ee9088f7ace2efcde9",
        }
    )

    document_id: ClientId | None = None
    clinic_id: CareClinic = None
    kind: Kind
    content_type: ContentType
    size: Annotated[int, Field(ge=1, le=LARGEST, description="bytes")]
    sha256: Sha256
    supersedes: UUID | None = None


class RemoveDocumentRequest(Request):
    """Why a document is shown no longer. It is not destroyed: nothing clinical is."""

    model_config = example({"reason_code": "WRONG_PATIENT"})

    reason_code: Code
    note: Note | None = None


class DocumentView(BaseModel):
    """A document. UPLOADING: `part_bytes` in each part but the last, counted from 1 to `parts`; `received` are here.

    EXPIRED: not every part came within a day. Only a STORED or SUPERSEDED one can be read.
    """

    id: UUID
    patient_id: UUID
    clinic_id: UUID
    version: int
    kind: Kind
    state: Literal["UPLOADING", "STORED", "SUPERSEDED", "REMOVED", "EXPIRED"]
    content_type: str
    size: int
    sha256: str
    part_bytes: int
    parts: int
    received: tuple[int, ...]
    source: Source
    begun_by: str
    begun_at: Instant
    stored_at: Instant | None
    ended_at: Instant | None
    ended_by: str | None
    reason_code: str | None
    note: str | None
    supersedes: UUID | None
    superseded_by: UUID | None
