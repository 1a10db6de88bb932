"""A whole embedded house as a process of its own, that can be killed at any moment and started again."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import httpx
import psutil

from shared.clock import monotonic

_ROOT = Path(__file__).parents[2]
_UP = "from cli.main import main; main()"
_READY_SECONDS = 90.0  # a limit of liveness, never reached when all is well


class HouseProcess:
    """`stillwater up` on a data folder. What it prints goes to `output`."""

    def __init__(self, data: Path) -> None:
        self.data, self.port = data, _free_port()
        self.output = data / "output.txt"
        self._process: subprocess.Popen[bytes] | None = None
        data.mkdir(parents=True, exist_ok=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start without waiting."""
        command = [sys.executable, "-c", _UP, "up", "--data", str(self.data), "--port", str(self.port)]
        with self.output.open("ab") as output:
            self._process = subprocess.Popen(command, cwd=_ROOT, stdout=output, stderr=output)

    def wait_ready(self) -> None:
        """Wait until everything in it is ready. Fails with its last words when that does not happen."""
        deadline = monotonic() + _READY_SECONDS
        while not self._is_ready():
            assert monotonic() < deadline, f"the house did not get ready: {self.output.read_text()[-2000:]}"
            assert self._process is not None
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(0.1)
                raise AssertionError(f"the house ended by itself: {self.output.read_text()[-2000:]}")

    def kill(self, *, with_parts: bool) -> None:
        """`kill -9`: the house alone, whose database and broker then end by themselves, or all of it at once."""
        assert self._process is not None
        victims = [psutil.Process(self._process.pid)]
        if with_parts:
            victims += victims[0].children(recursive=True)
        for victim in victims:
            with suppress(psutil.NoSuchProcess):
                victim.send_signal(signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end, as Ctrl-C does; returns its exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(60)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self.url}/ready", timeout=5.0).status_code == 200
        except httpx.TransportError:
            return False


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def readable_files(folder: Path) -> list[Path]:
    """Every file of a house's folder but the database's own and those that hold personal data by their purpose."""
    apart = {"secrets.json", "sms.jsonl"}
    return [
        Path(place) / name
        for place, _, names in os.walk(folder)
        for name in names
        if name not in apart and "/postgres/data" not in place
    ]
