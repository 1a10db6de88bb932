"""`stillwater lag`: what waits in the four services and since when, and who relays."""

import asyncio
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cli import house
from cli.columns import columns
from cli.house import CLINIC, DATA
from cli.options import Clinic, Data, out
from cli.services import Services
from shared.clock import wall_now
from shared.runtime.lag import Heard, Lag, Lease, behind

_SERVICES = (
    "service", "unsent", "unsent for", "timers overdue", "overdue since", "failing", "quarantined", "relay",
    "relay since",
)  # fmt: skip
_CONSUMERS = ("consumer", "producer", "behind", "knows all until", "parked", "gaps", "stored", "stored for")


def show_lag(clinic: Clinic = CLINIC, data: Data = DATA) -> None:
    """Show what waits: events to send, to take and stored, timers overdue, patients parked; and who relays."""
    asyncio.run(_show(clinic, data))


async def _show(clinic: str, data: Path) -> None:
    async with house.services(data, clinic) as services:
        lags = await look(services)
    now = wall_now()
    out.print(f"{per_service(lags, now)}\n\n{per_consumer(lags, now)}", markup=False)


async def look(services: Services) -> list[Lag]:
    """The lag of each service, one after the other, so what passes meanwhile may show. Raises Refused, Unreachable."""
    return [Lag.model_validate(await services.get(name, "/v1/operations/lag")) for name in services.names]


def per_service(lags: Sequence[Lag], now: datetime) -> str:
    """One line a service."""
    return columns(
        _SERVICES,
        [
            (one.service, one.unsent, ago(one.unsent_since, now), one.timers_overdue, at(one.timers_overdue_since),
             one.timers_failing, one.quarantined, holder(one.lease), at(one.lease.since))
            for one in lags
        ],
    )  # fmt: skip


def per_consumer(lags: Sequence[Lag], now: datetime) -> str:
    """One line for each consumer and producer."""
    return columns(
        _CONSUMERS,
        [
            (one.consumer, one.producer, count, known(one, now), one.parked, one.gaps, one.waiting,
             ago(one.waiting_since, now))
            for one, count in behind(lags)
        ],
    )  # fmt: skip


def known(heard: Heard, now: datetime) -> str:
    """How old the newest is that a consumer knows everything up to; `LOSS` while some of it is looked for again."""
    age = "nothing yet" if heard.known_until is None else f"{ago(heard.known_until, now)} ago"
    return f"{age}, LOSS" if heard.short else age


def holder(lease: Lease) -> str:
    """Who relays, as an operator reads it."""
    return (lease.worker or "unknown") if lease.held else "NOBODY"


def ago(since: datetime | None, now: datetime) -> str:
    """`3 s`, `12 min`, `5 h`, `2 d`; a dash for nothing."""
    if since is None:
        return "-"
    seconds = max(0, int((now - since).total_seconds()))
    for unit, length in (("d", 86_400), ("h", 3_600), ("min", 60)):
        if seconds >= 2 * length:
            return f"{seconds // length} {unit}"
    return f"{seconds} s"


def at(moment: datetime | None) -> str:
    """A moment by the local clock; a dash for none."""
    return moment.astimezone().strftime("%Y-%m-%d %H:%M:%S") if moment else "-"
