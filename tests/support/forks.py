"""Processes that are forked from one that has imported everything: they start at once, and end with this one."""

import ctypes
import multiprocessing
import os
import signal
from collections.abc import Callable
from multiprocessing import forkserver
from multiprocessing.context import ForkServerProcess
from typing import Any

_DIE_WITH_PARENT = 1  # PR_SET_PDEATHSIG
_SERVICES = ("intake", "scheduling", "notifications", "billing")
_NEEDED = ("app", "api", "examples")  # an API's routes are imported when it starts, if they are not there by then
forks = multiprocessing.get_context("forkserver")
forks.set_forkserver_preload(
    [
        "cli.main", "shared.runtime.app", "shared.runtime.worker", "cel",
        *(f"services.{name}.{module}" for name in _SERVICES for module in _NEEDED),
    ]
)  # fmt: skip


def forked(target: Callable[..., Any], *arguments: Any) -> ForkServerProcess:
    """A process that runs `target`, started. It is killed when this process ends, however that ends, and also if it
    was stopped meanwhile."""
    process = forks.Process(target=_run, args=(target, arguments), daemon=True)
    process.start()
    return process


def _run(target: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    _end_with_the_run()
    target(*arguments)


def _end_with_the_run() -> None:
    """Our parent is the server that forked us. It ends when nobody holds its pipe any more: the run does, and so does
    every process that it forked, since they could want processes themselves. So all of them would outlive the run."""
    ctypes.CDLL(None).prctl(_DIE_WITH_PARENT, signal.SIGKILL)
    server: Any = forkserver._forkserver  # type: ignore[attr-defined]
    os.close(server._forkserver_alive_fd)
    server._forkserver_alive_fd = None
