"""The worker of a service: relay, consumers, timers, clock and the service's own loops, each under supervision."""

import asyncio
from collections.abc import Mapping
from functools import partial

import structlog

from shared.audit.keeping import run_chaining
from shared.events import Event
from shared.messaging.consumer import run_consumer
from shared.messaging.relay import run_relay
from shared.runtime.clock_loop import begin_clock
from shared.runtime.gauges import run_gauges
from shared.runtime.lag import pairs_of
from shared.runtime.loops import Progress
from shared.runtime.numbering import run_numbering
from shared.runtime.prune import run_pruning
from shared.runtime.supervise import supervise
from shared.runtime.timer_loop import run_timers
from shared.runtime.watch import run_watch
from shared.service import Definition, Handler, Loop, Service

Subscriptions = Mapping[type[Event], Handler]

_STOP_SECONDS = 6.0
_log = structlog.get_logger(__name__)


class Worker:
    """Runs a service's loops in this process' event loop between `start` and `stop`."""

    def __init__(self, definition: Definition, service: Service) -> None:
        self._service = service
        self._loops = loops_of(definition, service)
        self._tasks: list[asyncio.Task[None]] = []
        self.progress = tuple(Progress(name) for name in self._loops)

    async def start(self) -> None:
        """Start every loop. Raises WrongIsolation when the database is not set as the code needs it."""
        await self._service.database.check()
        await begin_clock(self._service)
        for progress in self.progress:
            run = partial(self._loops[progress.name], self._service, progress)
            task = supervise(self._service.name, progress, run)
            self._tasks.append(asyncio.create_task(task, name=f"{self._service.name} {progress.name}"))

    async def stop(self) -> None:
        """Cancel every loop and wait for their ends, 6 s at most."""
        for task in self._tasks:
            task.cancel()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=_STOP_SECONDS)
            for task in late:
                _log.warning("loop did not stop in time", loop=task.get_name())
        self._tasks = []


def loops_of(definition: Definition, service: Service) -> Mapping[str, Loop]:
    """The loops of a service by name."""
    loops: dict[str, Loop] = {"relay": run_relay}
    if definition.subscriptions:
        loops["commands"] = _consumer(f"{definition.name}.commands", definition.subscriptions)
    if definition.projections:
        loops["timeline"] = _consumer(f"{definition.name}.timeline", definition.projections)
    loops["timers"] = _timers(definition)
    loops |= {"watch": run_watch, "numbering": run_numbering, "audit": run_chaining, "pruning": run_pruning}
    loops |= {"gauges": _gauges(definition)}
    return loops | dict(definition.loops)


def _consumer(name: str, subscriptions: Subscriptions) -> Loop:
    async def run(service: Service, progress: Progress) -> None:
        await run_consumer(service, name, subscriptions, progress)

    return run


def _gauges(definition: Definition) -> Loop:
    async def run(service: Service, progress: Progress) -> None:
        await run_gauges(service, progress, pairs_of(definition))

    return run


def _timers(definition: Definition) -> Loop:
    async def run(service: Service, progress: Progress) -> None:
        await run_timers(service, definition.timers, progress)

    return run
