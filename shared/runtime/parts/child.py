"""The parent's side of the embedded parts: start the child, read its addresses, let it go."""

import json
import os
import select
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from urllib.parse import quote

from shared.events import SERVICES

_ROOT = Path(__file__).parents[3]
_START_SECONDS = 120
_STOP_SECONDS = 15


class PartsFailed(Exception):
    """The child did not start; the text says why."""


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the parts listen: PostgreSQL's socket folder and Kafka's `host:port`."""

    socket: str
    kafka: str

    def database_url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(self.socket, safe='')}"


class Parts:
    """The child process. A context manager; the pipe to it also breaks when this process is killed."""

    def __init__(self, folder: Path, *, lossy: bool = False) -> None:
        self._folder, self._lossy = folder, lossy
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> Addresses:
        """Start the parts and wait for their addresses. Raises PartsFailed."""
        command = [sys.executable, "-m", "shared.runtime.parts", str(self._folder)]
        command += [f"--database={name}" for name in SERVICES] + (["--lossy"] if self._lossy else [])
        process = self._process = subprocess.Popen(  # noqa: S603 -- this very program
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
            env=os.environ | {"PYTHONPATH": str(_ROOT)},
        )  # fmt: skip
        line = _first_line(process)
        if not line:
            self._process = None
            raise PartsFailed(_reason(process))
        return Addresses(**json.loads(line))

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def stop(self) -> None:
        """Close the pipe and wait until PostgreSQL has stopped cleanly."""
        if self._process is None:
            return
        for pipe in (self._process.stdin, self._process.stdout, self._process.stderr):
            if pipe is not None:
                pipe.close()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def __enter__(self) -> Addresses:
        return self.start()

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, at: TracebackType | None) -> None:
        self.stop()


def _first_line(process: subprocess.Popen[bytes]) -> bytes:
    if process.stdout is None or not select.select([process.stdout], [], [], _START_SECONDS)[0]:
        return b""
    return process.stdout.readline()


def _reason(process: subprocess.Popen[bytes]) -> str:
    """What the child said before it went; its pipe is closed first, so that one that hangs goes as well."""
    try:
        _, said = process.communicate(timeout=_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        _, said = process.communicate()
    lines = said.decode(errors="replace").strip().splitlines()
    return lines[-1] if lines else "the embedded parts did not start in time"
