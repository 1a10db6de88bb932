"""Gauges that only the database knows: what `stillwater lag` shows, for Prometheus."""

from collections.abc import Sequence
from datetime import datetime

from shared.clock import wall_now
from shared.runtime import metrics
from shared.runtime.lag import Lag, Pair, lag
from shared.runtime.loops import Progress, rest
from shared.service import Service

_EVERY = 5.0  # seconds


async def run_gauges(service: Service, progress: Progress, pairs: Sequence[Pair] = ()) -> None:
    """Refresh the gauges every five seconds; `pairs` of consumer and producer are shown from the beginning."""
    while True:
        show(await lag(service, pairs), service.clock.now())
        await rest(progress, _EVERY)


def show(seen: Lag, now: datetime) -> None:
    """Set the gauges of one service; `now` is business time, by which timers go."""
    name, wall = seen.service, wall_now()
    metrics.OUTBOX_DEPTH.labels(name).set(seen.unsent)
    metrics.OUTBOX_AGE.labels(name).set(_seconds(seen.unsent_since, wall))
    metrics.SAID.labels(name).set(seen.said)
    metrics.LEASE_HELD.labels(name).set(seen.lease.held)
    metrics.LEASE_SINCE.labels(name).set(seen.lease.since.timestamp() if seen.lease.since else 0)
    metrics.TIMERS_OVERDUE.labels(name).set(seen.timers_overdue)
    metrics.TIMERS_OVERDUE_AGE.labels(name).set(_seconds(seen.timers_overdue_since, now))
    metrics.TIMERS_FAILING.labels(name).set(seen.timers_failing)
    metrics.QUARANTINED.labels(name).set(seen.quarantined)
    metrics.PARKED.labels(name).set(sum(heard.parked for heard in seen.heard))
    for heard in seen.heard:
        at = (heard.consumer, heard.producer)
        metrics.HEARD.labels(*at).set(heard.taken)
        metrics.GAPS.labels(*at).set(heard.gaps)
        metrics.WAITING.labels(*at).set(heard.waiting)
        metrics.WAITING_AGE.labels(*at).set(_seconds(heard.waiting_since, wall))
        metrics.KNOWN_AGE.labels(*at).set(_seconds(heard.known_until, wall) if heard.known_until else -1)
        metrics.SHORT.labels(*at).set(heard.short)


def _seconds(since: datetime | None, now: datetime) -> float:
    return max(0.0, (now - since).total_seconds()) if since else 0.0
