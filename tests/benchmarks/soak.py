"""`make soak`: four services under a steady load; relay latency, table sizes and memory minute by minute, said flat or
not.

Figures go to .results/soak.json. STILLWATER_SOAK_MINUTES (30) and STILLWATER_SOAK_RATE (acts a second, 5).
"""

import asyncio
import json
import logging
import os
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import httpx
import structlog
from rich.console import Console
from rich.table import Table

from cli.house import definitions
from shared.clock import monotonic, wall_now
from shared.events import SERVICES
from shared.ids import new_id
from tests.benchmarks.ground import ground
from tests.support.given import number
from tests.support.house import House, running

RESULTS = Path(".results") / "soak.json"
PATIENTS = 60
PERSON = {
    "legal_given_name": "Wren", "legal_family_name": "Ostrow", "birth_date": "1984-02-29", "sex_at_birth": "female",
    "phone": "+12085550142",
}  # fmt: skip
# The same patients act all the time, so these may not grow once they hold them; others hold history and may.
STEADY = (
    "outbox_stream", "stream", "waiting", "heard", "relay_partition", "relay_lease", "change_counter", "service_state",
)  # fmt: skip
SLOWER, MORE_MS, BIGGER, MORE_BYTES = 1.5, 10.0, 1.25, 131_072
MORE_MB = 32  # by the last minute, above the largest of the first third

_LATENCY = """
SELECT count(*) AS events, percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
  ORDER BY (extract(epoch FROM sent_at - created_at) * 1000)::float) AS ms
FROM outbox WHERE created_at >= $1 AND created_at < $2 AND sent_at IS NOT NULL
"""
_SIZES = """
SELECT c.relname AS name, coalesce(sum(pg_total_relation_size(t.relid)), 0)::bigint AS bytes
FROM pg_class c CROSS JOIN LATERAL pg_partition_tree(c.oid) AS t
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition GROUP BY c.relname
UNION ALL
SELECT c.relname, pg_total_relation_size(c.oid) FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r' AND NOT c.relispartition
  AND NOT EXISTS (SELECT FROM pg_partition_tree(c.oid))
"""


@dataclass
class Minute:
    """What one minute was like, over all services; sizes in bytes by `service.table`. `memory_mb`: what the process of
    all four services, which the load runs in as well, holds at its end."""

    acts: int
    refused: int
    events: int
    p50_ms: float
    p99_ms: float
    memory_mb: int
    sizes: dict[str, int] = field(default_factory=dict)


class Load:
    """Questionnaires that the same patients fill in, at a steady rate, whether or not answers come in time."""

    def __init__(self, house: House, rate: float) -> None:
        self._house, self._rate = house, rate
        self._clients: list[tuple[str, httpx.AsyncClient]] = []
        self._under_way: set[asyncio.Task[None]] = set()
        self.acts = self.refused = 0

    async def begin(self) -> None:
        """Register the patients."""
        desk = self._house.client("intake", self._house.tokens.staff("frontdesk"))
        for _ in range(PATIENTS):
            person = PERSON | {"clinic_id": str(self._house.clinic.clinic_id)}
            answer = await desk.post("/v1/patients", json=person, headers={"Idempotency-Key": str(new_id())})
            patient = answer.json()["id"]
            client = self._house.client("intake", self._house.tokens.patient(patient))
            self._clients.append((f"/v1/patients/{patient}/assessments", client))

    async def run(self) -> None:
        """For ever: each act at its time."""
        began = monotonic()
        while True:
            await asyncio.sleep(max(0.0, began + self.acts / self._rate - monotonic()))
            task = asyncio.create_task(self._act(self.acts))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
            self.acts += 1

    async def _act(self, number: int) -> None:
        path, client = self._clients[number % PATIENTS]
        answers = [(number + n) % 3 for n in range(8)] + [0]
        body, headers = {"instrument": "PHQ9", "answers": answers}, {"Idempotency-Key": str(new_id())}
        answer = await client.post(path, json=body, headers=headers)
        self.refused += answer.status_code >= 400


async def watch(house: House, load: Load, minutes: int) -> list[Minute]:
    """One figure after the other, each over 60 seconds."""
    found = list[Minute]()
    for _ in range(minutes):
        began, acts, refused = wall_now(), load.acts, load.refused
        await asyncio.sleep(60)
        events, p50, p99 = await _latency(house, began)
        sizes = await _sizes(house)
        minute = Minute(load.acts - acts, load.refused - refused, events, p50, p99, _memory() // 1_000_000, sizes)
        print(
            f"{len(found) + 1:3d}: {minute.acts} acts, {events} events, p50 {p50:.1f} ms, p99 {p99:.1f} ms,"
            f" {minute.memory_mb} MB", flush=True,
        )  # fmt: skip
        found.append(minute)
    return found


async def _latency(house: House, began: Any) -> tuple[int, float, float]:
    """Events of the minute, and how long the slowest service's took from being written to being acknowledged."""
    events, slowest = 0, [0.0, 0.0]
    for name in SERVICES:
        [row] = await house.rows(name, _LATENCY, began, began + timedelta(seconds=59))
        events += row["events"]
        slowest = [max(pair) for pair in zip(slowest, row["ms"] or slowest, strict=True)]
    return events, *slowest


def _memory() -> int:
    """Bytes that this process has in memory."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")


async def _sizes(house: House) -> dict[str, int]:
    return {
        f"{name}.{row['name']}": row["bytes"] for name in SERVICES for row in await house.rows(name, _SIZES)
    }  # fmt: skip


def verdict(minutes: Sequence[Minute]) -> dict[str, Any]:
    """Whether the last third was like the first: latency by the median of its minutes, sizes by its last minute."""
    third = max(1, len(minutes) // 3)
    first, last = (median(one.p99_ms for one in part) for part in (minutes[:third], minutes[-third:]))
    before, after = minutes[third - 1].sizes, minutes[-1].sizes
    grew = {
        name: [before.get(name, 0), size]
        for name, size in after.items()
        if name.split(".")[1] in STEADY and size > before.get(name, 0) * BIGGER + MORE_BYTES
    }
    return {
        "latency_flat": last <= first * SLOWER + MORE_MS, "p99_ms_first_third": first, "p99_ms_last_third": last,
        "sizes_flat": not grew, "grew": grew,
        "memory_flat": minutes[-1].memory_mb <= max(one.memory_mb for one in minutes[:third]) + MORE_MB,
        "refused": sum(one.refused for one in minutes),
    }  # fmt: skip


async def soak(minutes: int, rate: float) -> dict[str, Any]:
    """Run it on containers, or on the embedded parts where Docker is missing."""
    with ground() as made, made.cluster() as broker:
        async with running(definitions(), made.postgres, broker) as house:
            load = Load(house, rate)
            await load.begin()
            loading = asyncio.create_task(load.run())
            found = await watch(house, load, minutes)
            loading.cancel()
            await asyncio.wait({loading})
            await house.settle()
    machine = {"cores": os.cpu_count(), "kafka": made.kafka, "database": made.database}
    return {
        "machine": machine, "at": wall_now().isoformat(timespec="seconds"), "acts_per_second": rate,
        "verdict": verdict(found), "minutes": [asdict(one) for one in found],
    }  # fmt: skip


def _table(minutes: Sequence[dict[str, Any]]) -> Table:
    table = Table(title="Sizes after the first minute and the last, the largest first", title_justify="left")
    for column in ("table", "first kB", "last kB", "may grow"):
        table.add_column(column, justify="left" if column == "table" else "right")
    first, last = minutes[0]["sizes"], minutes[-1]["sizes"]
    for name in sorted(last, key=lambda one: -last[one])[:15]:
        steady = name.split(".")[1] in STEADY
        table.add_row(name, f"{first.get(name, 0) // 1024}", f"{last[name] // 1024}", "no" if steady else "yes")
    return table


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    minutes, rate = (
        max(1, round(number("STILLWATER_SOAK_MINUTES", 30))),
        number("STILLWATER_SOAK_RATE", 5),
    )
    document = asyncio.run(soak(minutes, rate))
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")
    said, out = document["verdict"], Console()
    out.print(_table(document["minutes"]))
    flat = {True: "flat", False: "NOT flat"}
    out.print(
        f"relay latency {flat[said['latency_flat']]} (p99 {said['p99_ms_first_third']:.1f} ms, then"
        f" {said['p99_ms_last_third']:.1f} ms); table sizes {flat[said['sizes_flat']]}; memory"
        f" {flat[said['memory_flat']]}; figures in {RESULTS}"
    )
    held = said["latency_flat"] and said["sizes_flat"] and said["memory_flat"]
    raise SystemExit(not held or bool(said["refused"]))


if __name__ == "__main__":
    main()
