"""A small service for these tests: notes about patients, over a table of its own and the real machinery."""

from datetime import UTC, date, datetime
from typing import Annotated, Any
from uuid import UUID

import asyncpg
from fastapi import APIRouter, Depends, FastAPI, Response
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field

from shared.db.machinery import ALIASES, CHANGES, DDL
from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import ConsentRevoked
from shared.http import (
    Acting,
    Page,
    Pages,
    Paging,
    Reading,
    acting,
    install_http,
    me_router,
    page,
    problems,
    public_acting,
    reading,
    require_patient,
    require_role,
    require_version,
)
from shared.ids import new_id
from shared.problems import NOT_FOUND, STALE_VERSION, VERSION_REQUIRED, problem_kind
from shared.service import Service

NOTE_TOO_BLUNT = problem_kind("TEST_NOTE_TOO_BLUNT", 422, "The note is too blunt", "Write it kindly.")

NOTES = """
CREATE TABLE note (id uuid PRIMARY KEY, organisation_id uuid NOT NULL, clinic_id uuid NOT NULL,
                   patient_id uuid NOT NULL, text text NOT NULL, version int NOT NULL DEFAULT 1,
                   runs int NOT NULL DEFAULT 1)
"""


class NoteRequest(BaseModel):
    model_config = ConfigDict(extra="forbid")

    clinic_id: UUID
    text: str = Field(max_length=200)
    kind: Annotated[str, Field(pattern=r"^[a-z]+$")] = "plain"
    stars: Annotated[int, Field(ge=0, le=5)] = 0
    seen_on: date | None = None
    seen_at: AwareDatetime | None = None


class NoteView(BaseModel):
    id: UUID
    patient_id: UUID
    text: str
    version: int


async def create_tables(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        await connection.execute(f"{DDL};{CHANGES};{ALIASES};{NOTES}")
    finally:
        await connection.close()


def _view(row: Any) -> NoteView:
    return NoteView(id=row.id, patient_id=row.patient_id, text=row.text, version=row.version)


async def add_note(uow: UnitOfWork, patient_id: UUID, request: NoteRequest) -> NoteView:
    if uow.caller.kind == "staff":
        require_role(uow, request.clinic_id, "nurse")
    note_id = new_id()
    rows = await uow.sql(
        "INSERT INTO note (id, organisation_id, clinic_id, patient_id, text) VALUES ($1, $2, $3, $4, $5) RETURNING *",
        note_id, uow.organisation_id, request.clinic_id, patient_id, request.text,
    )  # fmt: skip
    revoked = ConsentRevoked(
        consent_id=note_id, patient_id=patient_id, version=1, document="note", revoked_at=datetime.now(UTC)
    )
    uow.emit(revoked, key=patient_id, subject=note_id, clinic_id=request.clinic_id)
    await uow.audit("create", "note", note_id, patient_id=patient_id)
    if request.kind == "blunt":
        raise NOTE_TOO_BLUNT()
    if request.kind == "broken":
        raise RuntimeError(f"cannot digest {request.text}")
    if request.kind == "slow":
        await uow.sql("SELECT pg_sleep(0.3)")
    return _view(rows[0])


async def change_note(uow: UnitOfWork, note_id: UUID, request: NoteRequest, expected: int) -> NoteView:
    row = await _load(uow, note_id)
    require_version(row.version, expected)
    rows = await uow.sql(
        "UPDATE note SET text = $2, version = version + 1 WHERE id = $1 RETURNING *", note_id, request.text
    )
    return _view(rows[0])


async def get_note(uow: UnitOfWork, note_id: UUID) -> NoteView:
    row = await _load(uow, note_id)
    require_patient(uow, row.patient_id)
    await uow.audit("read", "note", note_id, patient_id=row.patient_id)
    return _view(row)


async def _load(uow: UnitOfWork, note_id: UUID) -> Any:
    rows = await uow.sql("SELECT * FROM note WHERE id = $1 AND organisation_id = $2", note_id, uow.organisation_id)
    if not rows:
        raise NOT_FOUND()
    return rows[0]


async def list_notes(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> Page[NoteView]:
    (after,) = paging.after(uow, "notes", patient_id) or (None,)
    rows = await uow.sql(
        "SELECT * FROM note WHERE organisation_id = $1 AND patient_id = $2"
        " AND ($3::text IS NULL OR id > $3::text::uuid) ORDER BY id LIMIT $4",
        uow.organisation_id, patient_id, after, paging.fetch,
    )  # fmt: skip
    return page(uow, [_view(row) for row in rows], paging, lambda note: (note.id,), "notes", patient_id)


router = APIRouter()
Nurse = Annotated[Acting, Depends(acting("nurse", patient=True))]
Reader = Annotated[Reading, Depends(reading("nurse", "frontdesk", patient=True))]


@router.post("/v1/patients/{patient_id}/notes", operation_id="addNote", status_code=201, response_model=NoteView,
             responses=problems(NOTE_TOO_BLUNT))  # fmt: skip
async def post_note(patient_id: UUID, body: NoteRequest, act: Nurse) -> Response:
    """Write a note."""
    return await act.run(lambda uow: add_note(uow, patient_id, body), status=201)


@router.get("/v1/patients/{patient_id}/notes", operation_id="listNotes", response_model=Page[NoteView],
            responses=problems())  # fmt: skip
async def get_notes(patient_id: UUID, paging: Pages, read: Reader) -> Response:
    """The notes of a patient, oldest first."""
    return await read.run(lambda uow: list_notes(uow, patient_id, paging))


@router.get("/v1/notes/{note_id}", operation_id="getNote", response_model=NoteView, responses=problems())
async def get_one(note_id: UUID, read: Reader) -> Response:
    """One note."""
    return await read.run(lambda uow: get_note(uow, note_id))


@router.put("/v1/notes/{note_id}", operation_id="changeNote", response_model=NoteView,
            responses=problems(STALE_VERSION, VERSION_REQUIRED))  # fmt: skip
async def put_note(note_id: UUID, body: NoteRequest, act: Nurse) -> Response:
    """Change a note."""
    return await act.run(lambda uow: change_note(uow, note_id, body, act.expected_version))


@router.delete("/v1/notes/{note_id}", operation_id="forgetNote", status_code=204, responses=problems())
async def delete_note(note_id: UUID, act: Nurse) -> Response:
    """Remove a note."""

    async def forget(uow: UnitOfWork) -> None:
        await uow.sql("DELETE FROM note WHERE id = $1 AND organisation_id = $2", note_id, uow.organisation_id)

    return await act.run(forget)


@router.post("/v1/public/{organisation}/{clinic}/notes", operation_id="addPublicNote", status_code=201,
             response_model=NoteView, responses=problems())  # fmt: skip
async def post_public(body: NoteRequest, act: Annotated[Acting, Depends(public_acting("3/minute"))]) -> Response:
    """Write a note without a token."""
    assert act.clinic_id is not None
    request = body.model_copy(update={"clinic_id": act.clinic_id})
    return await act.run(lambda uow: add_note(uow, act.clinic_id or new_id(), request), status=201)


@router.post("/v1/notes/search", operation_id="searchNotes", response_model=Page[NoteView], responses=problems())
async def search(read: Annotated[Reading, Depends(reading("nurse", limit="2/minute"))]) -> Response:
    """Search."""
    return await read.run(lambda uow: list_notes(uow, new_id(), Paging(50)))


def create_app(service: Service) -> FastAPI:
    app = FastAPI()
    app.state.service = service
    app.state.hears = frozenset({"scheduling", "billing"})
    app.state.projects = frozenset({"intake", "billing"})
    app.include_router(router)
    app.include_router(me_router)
    install_http(app)
    return app
