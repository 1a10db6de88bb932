"""The embedded parts of a session of tests: in memory where there is room, and gone with their data when it ends."""

import fcntl
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from shared.runtime.parts import Addresses, Parts

PREFIX = "stillwater-parts-"
_PREFIXES = (PREFIX, "stillwater-story-", "stillwater-demo-")
_LOCKS = ("lock", "parts/lock")  # held by the parts for as long as they run
_MEMORY = Path("/dev/shm")
_ROOM = 4 * 1024**3  # bytes that must be free there: a session of three processes comes to less than one
_OLD = 600.0  # seconds after which a folder in which nothing runs is somebody's who was killed


@contextmanager
def session_parts() -> Iterator[Addresses]:
    """Started, in a folder of its own."""
    base = place()
    for folder in {base, Path(tempfile.gettempdir())}:
        clear(folder)
    with tempfile.TemporaryDirectory(prefix=PREFIX, dir=base) as name, Parts(Path(name), lossy=True) as addresses:
        yield addresses
        _drop_the_server(Path(name))


def place() -> Path:
    """Where such folders are: thousands of small files, of which none outlives the session, need no disk."""
    with suppress(OSError):
        if os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM:
            return _MEMORY
    return Path(tempfile.gettempdir())


def clear(base: Path) -> None:
    """Remove what tests that were killed have left."""
    for folder in (one for prefix in _PREFIXES for one in base.glob(f"{prefix}*")):
        with suppress(OSError):
            if time.time() - folder.stat().st_mtime > _OLD and not any(_held(folder / lock) for lock in _LOCKS):
                shutil.rmtree(folder, ignore_errors=True)


def _held(path: Path) -> bool:
    try:
        lock = os.open(path, os.O_RDWR)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(lock)
    return False


def _drop_the_server(folder: Path) -> None:
    """Nobody needs the data again, so it writes none of it: an immediate shutdown, which leaves no shared memory."""
    with suppress(OSError, ValueError, IndexError):
        pid = int((folder / "postgres" / "data" / "postmaster.pid").read_text().splitlines()[0])
        os.kill(pid, signal.SIGQUIT)
