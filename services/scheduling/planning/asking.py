"""Asks the improver, a fresh interpreter of a few seconds, and takes no for an answer.

It gets numbers alone, no environment (no secrets) and no file; OR-tools never comes into this process. One is asked at
a time, so that several who re-plan at once do not take the machine's memory.
"""

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any

import structlog

_log = structlog.get_logger(__name__)
_ROOT = Path(__file__).resolve().parents[3]
_COMMAND = [sys.executable, "-m", "services.scheduling.planning.improver"]
_ONE_AT_A_TIME = Lock()
_NOT_IMPROVED = "a re-plan was not improved"


async def ask(problem: dict[str, Any], seconds: float, command: list[str] | None = None) -> bytes | None:
    """What the improver answers, JSON; None when it fails, is not there, or takes longer than that."""
    return await asyncio.to_thread(_ask, json.dumps(problem).encode(), seconds, command or _COMMAND)


def _ask(problem: bytes, seconds: float, command: list[str]) -> bytes | None:
    until = monotonic() + seconds
    if not _ONE_AT_A_TIME.acquire(timeout=max(seconds, 0)):
        _log.warning(_NOT_IMPROVED, why="another one took all of the time")
        return None
    try:
        done = subprocess.run(  # noqa: S603 -- this very program
            command, input=problem, capture_output=True, timeout=until - monotonic(), cwd=_ROOT,
            env={"PYTHONPATH": str(_ROOT), "OPENBLAS_NUM_THREADS": "1"}, check=True,
        )  # fmt: skip
    except (subprocess.SubprocessError, OSError) as error:
        code = getattr(error, "returncode", None)
        _log.warning(_NOT_IMPROVED, why=type(error).__name__, code=code)
        return None
    finally:
        _ONE_AT_A_TIME.release()
    return done.stdout
