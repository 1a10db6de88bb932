"""A whole embedded house as a process of its own, that can be killed at any moment and started again."""

import os
import signal
import socket
import sys
import time
from contextlib import suppress
from multiprocessing.context import ForkServerProcess
from pathlib import Path

import httpx
import psutil

from shared.clock import monotonic
from tests.support.forks import forked

_READY_SECONDS = 90.0  # a limit of liveness, far above what is ever needed


def _up(data: str, port: int, output: str) -> None:
    """`stillwater up`, with its output in a file."""
    from cli.main import main

    with open(output, "ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.setpgrp()
    sys.argv = ["stillwater", "up", "--data", data, "--port", str(port)]
    main()


class HouseProcess:
    """`stillwater up` on a data folder. What it prints goes to `output`."""

    def __init__(self, data: Path) -> None:
        data.mkdir(parents=True, exist_ok=True)
        self.data, self.port, self.output = data, free_port(), data / "output.txt"
        self._process: ForkServerProcess | None = None
        self._http = httpx.Client(verify=False, timeout=5.0, headers={"Connection": "close"})  # plain HTTP

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start without waiting."""
        self._process = forked(_up, str(self.data), self.port, str(self.output))

    def wait_ready(self) -> None:
        """Wait until everything in it is ready, or it was killed. Fails with its last words when it ends by itself."""
        process, deadline = self._process, monotonic() + _READY_SECONDS
        while process is not None and process is self._process and not self._is_ready():
            ended = not process.is_alive() and process is self._process
            assert not ended, f"the house ended by itself: {self._last_words()}"
            assert monotonic() < deadline, f"the house did not get ready: {self._last_words()}"
            time.sleep(0.05)

    def kill(self, *, with_parts: bool) -> None:
        """`kill -9`: the house alone, whose database and broker then end by themselves, or all of it at once."""
        process, self._process = self._process, None
        assert process is not None
        assert process.is_alive(), f"the house ended by itself: {self._last_words()}"
        house = psutil.Process(process.pid)
        for victim in [house, *(house.children(recursive=True) if with_parts else ())]:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        process.join()

    def stop(self) -> int | None:
        """Ask it to end, as Ctrl-C does; returns its exit code, None if it did not end and was killed."""
        assert self._process is not None
        assert self._process.pid is not None
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, signal.SIGINT)
        self._process.join(60)
        ended = self._process.exitcode
        self.abandon()
        return ended

    def abandon(self) -> None:
        """Nothing of it runs on, whatever became of the test. Its parts end by themselves."""
        process, self._process = self._process, None
        if process is not None and process.is_alive():
            process.kill()
            process.join()

    def _is_ready(self) -> bool:
        try:
            return self._http.get(f"{self.url}/ready").status_code == 200
        except httpx.TransportError:
            return False

    def _last_words(self) -> str:
        return self.output.read_text(errors="replace")[-2000:] if self.output.exists() else "none"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def readable_files(folder: Path) -> list[Path]:
    """Every file of a house's folder but the database's own and those that hold personal data by their purpose."""
    apart = {"secrets.json", "sms.jsonl", "mail.jsonl"}
    return [
        Path(place) / name
        for place, _, names in os.walk(folder)
        for name in names
        if name not in apart and "/postgres/data" not in place
    ]
