"""Real processes of real services, `python -m services.NAME api | worker`, several of each, that may die at any time.

They are forked from a process that has imported everything, so that a restart is about the data and not about reading
source files.
"""

import asyncio
import os
import runpy
import signal
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import psutil

from shared.clock import monotonic
from shared.events import SERVICES
from tests.faults.failpoints import POINTS, Point
from tests.support.docker import free_port
from tests.support.forks import forked

READY_SECONDS = 90.0  # a limit of liveness


@dataclass(frozen=True, slots=True)
class Role:
    """What a process is: `intake worker 2`."""

    service: str
    what: str
    number: int

    def __str__(self) -> str:
        return f"{self.service}-{self.what}-{self.number}"


def _run(role: Role, environment: Mapping[str, str], port: int, output: str, point: str | None) -> None:
    """The process itself."""
    with open(output, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.clear()
    os.environ.update(environment)
    if point is not None:
        POINTS[point].arm()
    sys.argv = ["", role.what, "--host=127.0.0.1", f"--port={port}"]
    runpy.run_module(f"services.{role.service}", run_name="__main__", alter_sys=True)


class Member:
    """One process: started, killed, stopped, told to end, started again. What it prints goes to `output`."""

    def __init__(self, role: Role, environment: Mapping[str, str], folder: Path) -> None:
        self.role, self.port, self.output = role, free_port(), folder / f"{role}.txt"
        self._environment = environment
        self._process: ForkServerProcess | None = None
        self.stopped = False

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process is not None
        assert self._process.pid is not None
        return self._process.pid

    @property
    def wanted(self) -> bool:
        """Started, and neither killed nor told to end by the test."""
        return self._process is not None

    @property
    def alive(self) -> bool:
        return self._process is not None and self._process.is_alive()

    def start(self, point: Point | None = None) -> None:
        """Start without waiting; with a fail point it will strike itself there."""
        self._process = forked(
            _run, self.role, self._environment, self.port, str(self.output), point.name if point else None
        )

    def kill(self) -> None:
        """`kill -9`; does nothing to a process that is not there."""
        process, self._process, self.stopped = self._process, None, False
        if process is not None:
            process.kill()
            process.join()

    def stop(self) -> None:
        self._signal(signal.SIGSTOP)
        self.stopped = True

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)
        self.stopped = False

    def leave(self) -> None:
        """SIGTERM, without waiting; `kill` makes sure of it."""
        self._signal(signal.SIGTERM)

    def end(self, limit: float) -> tuple[int | None, float]:
        """SIGTERM; returns exit code (None: it did not end within `limit`) and the seconds it took."""
        process, self._process, began = self._process, None, monotonic()
        assert process is not None
        assert process.pid is not None
        os.kill(process.pid, signal.SIGTERM)
        process.join(limit)
        code, took = process.exitcode, monotonic() - began
        process.kill()
        return code, took

    def memory(self) -> int:
        """Bytes that it holds in memory."""
        assert self._process is not None
        return int(psutil.Process(self._process.pid).memory_info().rss)

    async def died(self) -> None:
        """Wait until it has struck itself dead. Raises TimeoutError."""
        async with asyncio.timeout(READY_SECONDS):
            while self.alive:  # noqa: ASYNC110 -- a process sets no Event
                await asyncio.sleep(0.02)

    async def stands_still(self) -> None:
        """Wait until it has stopped itself. Raises TimeoutError."""
        assert self._process is not None
        process = psutil.Process(self._process.pid)
        async with asyncio.timeout(READY_SECONDS):
            while process.status() != psutil.STATUS_STOPPED:  # noqa: ASYNC110 -- a process sets no Event
                await asyncio.sleep(0.02)
        self.stopped = True

    def times_said(self, words: str) -> int:
        """How often its log holds some words."""
        return self.output.read_text(errors="replace").count(words) if self.output.exists() else 0

    def _signal(self, number: int) -> None:
        if self._process is not None and self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.kill(self._process.pid, number)


class Fleet:
    """All processes. `members` by role; a process that ended by itself is started again by `tend`."""

    def __init__(self, environments: Mapping[str, Mapping[str, str]], folder: Path, workers: int) -> None:
        self._environments, self._folder = environments, folder
        self.members: dict[Role, Member] = {}
        self.ended: list[Role] = []
        for service in SERVICES:
            for number in range(1, workers + 1):
                self.add(service, "worker", number)
        for service, number in (("intake", 1), ("intake", 2), ("scheduling", 1), ("notifications", 1), ("billing", 1)):
            self.add(service, "api", number)

    def add(self, service: str, what: str, number: int) -> Member:
        """One more process, not started yet. Workers 2, 4, ... have a stable name: static members of their groups."""
        role = Role(service, what, number)
        own = {"STILLWATER_WORKER_ID": str(role)} if what == "worker" and number % 2 == 0 else {}
        self.members[role] = Member(role, self._environments[service] | own, self._folder)
        return self.members[role]

    def of(self, service: str | None = None, what: str | None = None) -> list[Member]:
        return [
            one for role, one in self.members.items()
            if service in (None, role.service) and what in (None, role.what)
        ]  # fmt: skip

    def start(self) -> None:
        """Start what is not running."""
        for member in self.members.values():
            if not member.alive:
                member.start()

    def tend(self) -> None:
        """What a supervisor does: let those go on that stand still, start again those that ended by themselves."""
        for role, member in self.members.items():
            if member.wanted and not member.alive:
                self.ended.append(role)
                member.start()

    async def restore(self) -> None:
        """Everything runs and is ready again."""
        for member in self.members.values():
            if member.stopped:
                member.go_on()
        self.start()
        await self.ready(self.members.values())

    async def ready(self, members: Iterable[Member]) -> None:
        """Wait until they are ready, starting again what ends by itself. Raises TimeoutError, saying who is not."""
        waiting, deadline = list(members), monotonic() + READY_SECONDS
        async with httpx.AsyncClient(timeout=5.0) as http:
            while waiting := [one for one in waiting if not await _is_ready(http, one)]:
                if monotonic() > deadline:
                    raise TimeoutError(", ".join(f"{one.role} is not ready" for one in waiting))
                self.tend()
                await asyncio.sleep(0.1)

    def close(self) -> None:
        for member in self.members.values():
            member.kill()


async def _is_ready(http: httpx.AsyncClient, member: Member) -> bool:
    try:
        return (await http.get(f"{member.url}/ready")).status_code == 200
    except httpx.TransportError:
        return False
