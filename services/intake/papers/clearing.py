"""Uploads that never became whole end after a day, and what nobody counts any more leaves the store."""

from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from uuid import UUID

from services.intake.commands.consents.documents import expire_upload
from services.intake.domain.documents import SWEPT_AFTER, UPLOAD_FOR
from services.intake.papers.store import Papers
from shared.caller import Caller
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork, unit_of_work
from shared.service import Service

_BATCH = 20
_LATE = """
SELECT id, organisation_id FROM document WHERE state = 'UPLOADING' AND swept_at IS NULL AND begun_at < $1
ORDER BY begun_at LIMIT $2
"""
_UNSWEPT = """
SELECT id, organisation_id, stored_at IS NOT NULL FROM document
WHERE state <> 'UPLOADING' AND swept_at IS NULL AND begun_at < $1 ORDER BY begun_at LIMIT $2
"""
_FILES = "SELECT file FROM document_part WHERE document_id = $1"


@dataclass(frozen=True, slots=True)
class _Unswept:
    """A document that no part comes for any more; of one that was never `whole` nothing is kept."""

    id: UUID
    organisation_id: UUID
    whole: bool


async def clear_turn(service: Service, papers: Papers) -> int:
    """One round: how many documents were ended or swept."""
    pool, now = await service.database.pool(), wall_now()
    late = await pool.fetch(_LATE, now - UPLOAD_FOR, _BATCH)
    for document_id, organisation_id in late:
        async with _unit(service, organisation_id) as uow:
            await expire_upload(uow, document_id)
    unswept = [_Unswept(*row) for row in await pool.fetch(_UNSWEPT, now - UPLOAD_FOR - SWEPT_AFTER, _BATCH)]
    for document in unswept:
        await _sweep(service, papers, document)
    return len(late) + len(unswept)


async def _sweep(service: Service, papers: Papers, document: _Unswept) -> None:
    """Remove every file that is not one of the document's parts. Begun anew after a crash."""
    pool = await service.database.pool()
    kept = {f"{document.id}/{row[0]}" for row in await pool.fetch(_FILES, document.id)} if document.whole else set()
    while left := [name for name in await papers.store.names(str(document.id)) if name not in kept]:
        for name in left:
            await papers.store.delete(name)
    async with _unit(service, document.organisation_id) as uow:
        if not document.whole:
            await uow.sql("DELETE FROM document_part WHERE document_id = $1", document.id)
        await uow.sql("UPDATE document SET swept_at = $2 WHERE id = $1", document.id, wall_now())


def _unit(service: Service, organisation_id: UUID) -> AbstractAsyncContextManager[UnitOfWork]:
    return unit_of_work(service, Caller("service", service.name, organisation_id))
