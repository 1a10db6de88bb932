"""Supervision: a loop that raises is started again after a growing, jittered pause; the others go on."""

import asyncio
import random
from collections.abc import Awaitable, Callable

import structlog

from shared.clock import monotonic
from shared.runtime.logs import trouble
from shared.runtime.loops import Progress, told_to_stop
from shared.runtime.metrics import LOOP_RESTARTS

_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 5.0  # seconds
_CALM = 30.0  # seconds of running after which the pause is the first one again
_log = structlog.get_logger(__name__)


async def supervise(service_name: str, progress: Progress, run: Callable[[], Awaitable[None]]) -> None:
    """Run a loop for ever; only cancelling ends it. A loop that returns is started again as well."""
    pause = _FIRST_PAUSE
    with structlog.contextvars.bound_contextvars(service=service_name, loop=progress.name):
        while True:
            begun = monotonic()
            await _once(service_name, progress, run)
            pause = _FIRST_PAUSE if monotonic() - begun > _CALM else min(pause * 2, _LONGEST_PAUSE)
            await asyncio.sleep(pause * random.uniform(0.5, 1.0))  # noqa: S311 -- jitter, not a secret


async def _once(service_name: str, progress: Progress, run: Callable[[], Awaitable[None]]) -> None:
    progress.beat()
    try:
        await run()
        progress.restarted("returning")
        _log.warning("loop returned")
    except (Exception, asyncio.CancelledError) as error:
        if isinstance(error, asyncio.CancelledError) and told_to_stop():
            raise
        progress.restarted(type(error).__name__)
        _log.warning("loop broke", **trouble(error))
    LOOP_RESTARTS.labels(service_name, progress.name).inc()
