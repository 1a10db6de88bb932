"""What goes to and from the file store around a request: asked first, moved outside any transaction, then written."""

from collections.abc import AsyncIterator
from uuid import UUID

from fastapi import Response
from fastapi.responses import StreamingResponse

from services.intake import commands, queries
from services.intake.papers.store import Papers
from services.intake.queries.documents import Stored
from shared.db.unit_of_work import UnitOfWork
from shared.http import Acting, Reading
from shared.ids import new_id
from shared.service import Service


async def receive_part(act: Acting, service: Service, document_id: UUID, number: int, content: bytes) -> Response:
    """Write a part and count it. One whose request ends in between is never counted, and swept."""
    file = new_id()
    if await act.look(lambda uow: commands.part_to_take(uow, document_id, number, len(content))):
        await Papers(service).put(document_id, file, content)
    return await act.run(lambda uow: commands.take_part(uow, document_id, number, len(content), file))


async def complete(act: Acting, service: Service, document_id: UUID) -> Response:
    """Read every part and say what they are together."""
    upload = await act.look(lambda uow: commands.upload_of(uow, document_id))
    parts = upload.parts if upload else []
    found = await Papers(service).put_together(document_id, parts) if upload else None
    return await act.run(lambda uow: commands.complete_document(uow, document_id, found, parts))


async def download(read: Reading, service: Service, document_id: UUID) -> Response:
    """The content, streamed, once the reading stands in the audit."""

    async def stored(uow: UnitOfWork) -> Stored:
        return await queries.stored_document(uow, document_id)

    found = await read.look(stored)
    content: AsyncIterator[bytes] = await Papers(service).content(found.document_id, found.parts)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.document_id}"', "Content-Length": str(found.size),
        "X-Content-Type-Options": "nosniff",
    }  # fmt: skip
    return StreamingResponse(content, media_type=found.content_type, headers=headers)
