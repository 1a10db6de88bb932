"""Files in a folder of this machine, readable by this user only."""

import asyncio
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar
from urllib.parse import unquote, urlsplit

from shared.filestore.base import Missing, StoreAway, checked_folder, checked_name
from shared.ids import new_id

T = TypeVar("T")
_UNFINISHED = ".unfinished"


class FolderStore:
    """A store under one folder, which is made when it is first written to."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @classmethod
    def at(cls, url: str) -> "FolderStore":
        """The store that a URL such as `file:///var/lib/stillwater/files` names."""
        return cls(Path(unquote(urlsplit(url).path)))

    async def put(self, name: str, content: bytes) -> None:
        await _done(lambda: self._write(self._root / checked_name(name), content))

    async def get(self, name: str) -> bytes:
        path = self._root / checked_name(name)
        try:
            return await _done(path.read_bytes)
        except FileNotFoundError:
            raise Missing from None

    async def delete(self, name: str) -> None:
        path = self._root / checked_name(name)
        await _done(lambda: path.unlink(missing_ok=True))

    async def names(self, folder: str) -> Sequence[str]:
        path = self._root / checked_folder(folder)
        return await _done(lambda: _listed(path))

    def _write(self, path: Path, content: bytes) -> None:
        """Under another name first and on the disk before it gets its own, so that it is there whole after a crash."""
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        unfinished = path.with_name(f"{new_id()}{_UNFINISHED}")
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            unfinished.replace(path)
        except OSError:
            unfinished.unlink(missing_ok=True)
            raise
        for changed in (path.parent, self._root):
            _sync_folder(changed)


def _listed(path: Path) -> Sequence[str]:
    """What a crash left unfinished goes at this occasion: nobody knows its name."""
    if not path.is_dir():
        return ()
    for left in path.glob(f"*{_UNFINISHED}"):
        left.unlink(missing_ok=True)
    return tuple(f"{path.name}/{file.name}" for file in sorted(path.iterdir()))


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


async def _done(work: Callable[[], T]) -> T:
    """Work on the disk without holding up anything else. Raises StoreAway, FileNotFoundError."""
    try:
        return await asyncio.to_thread(work)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise StoreAway(type(error).__name__) from None
