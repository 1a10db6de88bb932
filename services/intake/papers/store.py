"""Parts of documents in the file store: sealed before they leave, opened when they come back."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.documents import Found, looks_like
from shared.filestore import FileStore, Missing, StoreAway, store_of
from shared.problems import problem_kind
from shared.sealing import CannotOpen, row_place
from shared.service import Service

FILES_AWAY = problem_kind(
    "FILES_AWAY", 503, "Documents cannot be reached now", "Send the same request again shortly.", retryable=True
)
DOCUMENT_LOST = problem_kind(
    "DOCUMENT_LOST", 410, "The content of this document is gone or damaged", "Tell an operator, and send it anew."
)


class Part(NamedTuple):
    """A part that came: its number, and its file in the folder of the document."""

    number: int
    file: UUID


class Papers:
    """The documents of one service's store. Raises FILES_AWAY whenever the store does not answer."""

    def __init__(self, service: Service) -> None:
        with _reached():
            self.store: FileStore = store_of(service.settings)
        self._keyring = service.keyring

    async def put(self, document_id: UUID, file: UUID, content: bytes) -> None:
        """Seal a part and write it under a name of its own, so that no late writer changes what was counted."""
        token = self._keyring.seal("rest", _place(file), content)
        with _reached():
            await self.store.put(f"{document_id}/{file}", token.encode())

    async def get(self, document_id: UUID, file: UUID) -> bytes:
        """A part, opened. Raises DOCUMENT_LOST."""
        try:
            with _reached():
                token = await self.store.get(f"{document_id}/{file}")
            return self._keyring.open(_place(file), token.decode("ascii"))
        except (Missing, CannotOpen, UnicodeDecodeError):
            raise DOCUMENT_LOST() from None

    async def put_together(self, document_id: UUID, parts: Sequence[Part]) -> Found:
        """What the parts are as a whole, read in their order."""
        digest, size, beginning = hashlib.sha256(), 0, b""
        for part in sorted(parts):
            content = await self.get(document_id, part.file)
            digest.update(content)
            size, beginning = size + len(content), beginning or content
        return Found(frozenset(part.number for part in parts), size, digest.hexdigest(), looks_like(beginning))

    async def content(self, document_id: UUID, parts: Sequence[Part]) -> AsyncIterator[bytes]:
        """The content, part by part; the first is read before anything is given out. Raises DOCUMENT_LOST."""
        first, *others = sorted(parts)
        begun = await self.get(document_id, first.file)

        async def following() -> AsyncIterator[bytes]:
            yield begun
            for part in others:
                yield await self.get(document_id, part.file)

        return following()


def _place(file: UUID) -> str:
    return row_place("document_part", "content", file)


@contextmanager
def _reached() -> Iterator[None]:
    try:
        yield
    except StoreAway:
        raise FILES_AWAY() from None
