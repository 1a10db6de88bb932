"""What a store of files can do."""

import re
from collections.abc import Sequence
from typing import Protocol

_UUID = r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
_NAME, _FOLDER = re.compile(f"{_UUID}/{_UUID}"), re.compile(_UUID)


class StoreAway(Exception):
    """The store does not answer, or refuses; the same may work later. Never carries content."""


class Missing(Exception):
    """There is no file of that name."""


class WrongName(ValueError):
    """A name of files is two UUIDs, a folder's is one: nothing else can lead out of the store."""


class FileStore(Protocol):
    """Files by name. A file is written whole or not at all; every call may raise StoreAway."""

    async def put(self, name: str, content: bytes) -> None:
        """Write a file, over one of the same name."""

    async def get(self, name: str) -> bytes:
        """The file's content. Raises Missing."""

    async def delete(self, name: str) -> None:
        """Remove a file; one that is not there is fine."""

    async def names(self, folder: str) -> Sequence[str]:
        """The names of files of a folder; all of them, or at least a thousand."""


def checked_name(name: str) -> str:
    """The name, if it is one. Raises WrongName."""
    if not _NAME.fullmatch(name):
        raise WrongName
    return name


def checked_folder(folder: str) -> str:
    """The folder's name, if it is one. Raises WrongName."""
    if not _FOLDER.fullmatch(folder):
        raise WrongName
    return folder
