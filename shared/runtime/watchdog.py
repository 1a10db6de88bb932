"""The watchdog of a process: ends it when its event loop stands still, so that a supervisor starts it again.

A handler that waits for ever is timed out; one that never gives the event loop back cannot be, and nothing in the
process answers or says what is wrong. So a thread looks whether the loop still turns.
"""

import asyncio
import os
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog

STILL_SECONDS = 25
EXIT_CODE = 70  # as in sysexits.h: an internal software error
_CODE = Path(__file__).parents[2]
_log = structlog.get_logger(__name__)


@contextmanager
def watchdog(seconds: int = STILL_SECONDS) -> Iterator[None]:
    """Watch the running event loop while the body runs."""
    over = threading.Event()
    watched = asyncio.get_running_loop(), threading.get_ident()
    threading.Thread(target=_watch, args=(*watched, over, seconds), name="watchdog", daemon=True).start()
    try:
        yield
    finally:
        over.set()


def _watch(loop: asyncio.AbstractEventLoop, thread: int, over: threading.Event, seconds: int) -> None:
    while not over.wait(1.0):
        turned = threading.Event()
        loop.call_soon_threadsafe(turned.set)
        # Second by second: a process that was stopped for an hour and goes on has missed one of them, not 3,600.
        if not any(turned.wait(1.0) or over.is_set() for _ in range(seconds)):
            _log.critical("event_loop_stands_still", at=_where(thread))
            sys.stdout.flush()
            os._exit(EXIT_CODE)


def _where(thread: int) -> str:
    """The innermost place in our own code, as file, line and function; nothing of what it works on."""
    stack = traceback.extract_stack(sys._current_frames()[thread])
    ours = [frame for frame in stack if _CODE in Path(frame.filename).parents] or stack
    return f"{Path(ours[-1].filename).name}:{ours[-1].lineno} {ours[-1].name}"
