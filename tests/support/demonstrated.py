"""`stillwater demo` without a terminal, run once from an empty folder, and what it left in its databases."""

import asyncio
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.support.houseprocess import free_port
from tests.support.told import Ending, ending_of

ROOT = Path(__file__).parents[2]
_COMMAND = [sys.executable, "-c", "from cli.main import main; main()", "demo"]
_SECONDS = 280


@dataclass(frozen=True)
class Demonstration:
    """How the command ended, what it printed, and what its databases said then."""

    ended: subprocess.CompletedProcess[str]
    ending: Ending


@cache
def demonstrated() -> Demonstration:
    with tempfile.TemporaryDirectory(prefix="stillwater-demo-") as name:
        ended = subprocess.run(
            [*_COMMAND, "--data", name, "--port", str(free_port())],
            cwd=ROOT, capture_output=True, text=True, timeout=_SECONDS, check=False,
        )  # fmt: skip
        assert ended.returncode == 0, f"{ended.stdout[-2000:]}\n{ended.stderr}"
        with ThreadPoolExecutor(1) as elsewhere:  # its event loop is not the tests'
            return Demonstration(ended, elsewhere.submit(asyncio.run, ending_of(Path(name))).result())
