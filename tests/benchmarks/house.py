"""All four services as processes under load: from the scheduled send until the last direct consumer has committed.

Registering a patient is told to scheduling, notifications and billing. PostgreSQL itself says when each committed. The
rate rises until the house cannot follow any more; then it rests, and what its workers use at rest is measured.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID

import psutil

from shared.clinicfile.load import load
from shared.clock import monotonic
from shared.events import SERVICES
from shared.ids import new_id
from shared.settings import Settings
from tests.benchmarks.figures import Figure, at_most, quantile
from tests.benchmarks.ground import Ground
from tests.benchmarks.openloop import Client, drive
from tests.faults.fleet import Fleet
from tests.faults.ground import Ground as Places
from tests.faults.world import ROOT, World, environment_of, make_databases, open_world
from tests.support.docker import free_port
from tests.support.given import number
from tests.support.house import Tokens
from tests.support.people import stranger

SECONDS = number("STILLWATER_BENCH_SECONDS", 20)
RATES = (10, 25, 50, 100, 150, 200, 300)
KNEE_SECONDS, DRAIN_SECONDS, IDLE_SECONDS = 0.15, 20.0, 20.0
HEARERS = ("scheduling", "notifications", "billing")
_COMMITTED = """
SELECT key, extract(epoch FROM pg_xact_commit_timestamp(xmin))::float8 AS at FROM stream
WHERE (consumer, producer) = ($1, 'intake') AND key = ANY($2::uuid[])
"""


@dataclass(frozen=True, slots=True)
class Step:
    """One rate: seconds from the scheduled send to the last commit, and to the answer; `drained` is how long
    the last commits took after the last answer."""

    rate: float
    whole: list[float]
    answered: list[float]
    drained: float
    refused: int
    busiest: str

    @property
    def holds(self) -> bool:
        return not self.refused and self.drained < 1.0 and quantile(self.whole, 0.99) < KNEE_SECONDS


async def measure(ground: Ground) -> list[Figure]:
    if ground.embedded:
        return []
    with ground.cluster() as bootstrap, tempfile.TemporaryDirectory(prefix="stillwater-bench-") as folder:
        house = await _house(ground, bootstrap, Path(folder))
        try:
            steps = await _steps(house)
        finally:
            house.fleet.close()
        idle = await _idle(_environments(ground, house.databases, bootstrap)["intake"])
        return [figure for step in steps for figure in _figures(step)] + _knee(steps) + idle


async def _house(ground: Ground, bootstrap: str, folder: Path) -> World:
    places = Places(ground.addresses, bootstrap, "", "")  # type: ignore[arg-type]  # it only asks for addresses
    clinic, databases = load(ROOT / "clinics" / "northfield.yaml"), await make_databases(places)
    fleet = Fleet(_environments(ground, databases, bootstrap), folder, workers=1)
    made = World(places, databases, clinic, Tokens(ground.secrets, clinic), ground.secrets, fleet)
    await open_world(made)
    return made


def _environments(ground: Ground, databases: Mapping[str, str], bootstrap: str) -> dict[str, dict[str, str]]:
    """As for faults, but fetching as in production."""
    wait = str(Settings.model_fields["kafka_fetch_max_wait_ms"].default)
    return {
        name: environment_of(ground.secrets, name, databases[name], bootstrap)
        | {"STILLWATER_KAFKA_FETCH_MAX_WAIT_MS": wait}
        for name in SERVICES
    }


async def _steps(house: World) -> list[Step]:
    (api, *_) = house.fleet.of("intake", "api")
    client = Client(api.port, {"Authorization": f"Bearer {house.tokens.staff('frontdesk')}"})
    await _step(house, client, 20, 3.0)
    steps = list[Step]()
    for rate in RATES:
        steps.append(await _step(house, client, rate, SECONDS))
        if steps[-1].refused or steps[-1].drained > DRAIN_SECONDS / 4:
            break
    await client.close()
    return steps


async def _step(house: World, client: Client, rate: float, seconds: float) -> Step:
    clinic = {"clinic_id": str(house.clinic.clinic_id)}
    before, began, wall = _used(house.fleet), monotonic(), time.time() - monotonic()
    sent = await drive(rate, seconds, lambda _: _register(client, clinic))
    lasted = monotonic() - began
    busiest = _busiest(before, _used(house.fleet), lasted)
    due = {UUID(answer["id"]): at + wall for at, _, answer in sent if answer is not None}
    committed, drained = await _committed(house, due)
    whole = [committed.get(key, time.time()) - at for key, at in due.items()]
    return Step(rate, whole, [answered - at for at, answered, _ in sent], drained, len(sent) - len(due), busiest)


async def _register(client: Client, clinic: Mapping[str, str]) -> Any:
    """Somebody who is like nobody else."""
    key = new_id()
    return await client.post("/v1/patients", stranger(key) | clinic | {"sex_at_birth": "female"}, str(key))


async def _committed(house: World, keys: Mapping[UUID, float]) -> tuple[dict[UUID, float], float]:
    """When the last of those who hear of each key committed, and how long that took from now on."""
    began = monotonic()
    while True:
        found = [await _commits(house, name, list(keys)) for name in HEARERS]
        whole = {key: max(one[key] for one in found) for key in keys if all(key in one for one in found)}
        if len(whole) == len(keys) or monotonic() - began > DRAIN_SECONDS:
            return whole, monotonic() - began
        await asyncio.sleep(0.2)


async def _commits(house: World, name: str, keys: Sequence[UUID]) -> dict[UUID, float]:
    async with house.connected(name) as connection:
        return {row["key"]: row["at"] for row in await connection.fetch(_COMMITTED, f"{name}.commands", keys)}


def _used(fleet: Fleet) -> dict[str, float]:
    """Seconds of processor that every process has used."""
    used = {str(role): _seconds(psutil.Process(member.pid)) for role, member in fleet.members.items()}
    for process in psutil.process_iter(["name"]):
        if (name := process.info["name"]) in ("postgres", "java"):
            used[name] = used.get(name, 0.0) + _seconds(process)
    return used


def _seconds(process: psutil.Process) -> float:
    with suppress(psutil.Error):
        times: Any = process.cpu_times()
        return float(times.user + times.system)
    return 0.0


def _busiest(before: Mapping[str, float], after: Mapping[str, float], seconds: float) -> str:
    """The three that used most, in percent of a core."""
    share = {name: (used - before.get(name, 0.0)) / seconds for name, used in after.items()}
    most = sorted(share, key=lambda name: share[name], reverse=True)[:3]
    return ", ".join(f"{name} {share[name]:.0%}" for name in most)


def _figures(step: Step) -> list[Figure]:
    name = f"submit to last commit at {step.rate:g}/s"
    bar = {50: at_most(60), 200: at_most(150)}.get(int(step.rate))
    median, worst = (quantile(step.whole, part) * 1000 for part in (0.5, 0.99))
    alone, alone_worst = (quantile(step.answered, part) * 1000 for part in (0.5, 0.99))
    return [
        Figure(f"{name}, median", "ms", median, "the answer alone", alone),
        Figure(f"{name}, p99", "ms", worst, "the answer alone", alone_worst, bar),
        Figure(f"{name}, time to finish", "s", step.drained, f"{step.refused} refused; busiest: {step.busiest}"),
    ]


def _knee(steps: Sequence[Step]) -> list[Figure]:
    held = [step for step in steps if step.holds]
    first = next((step.busiest for step in steps if not step.holds), steps[-1].busiest)
    return [Figure("knee: highest rate that holds", "commands/s", held[-1].rate if held else 0.0, f"then: {first}")]


async def _idle(environment: dict[str, str]) -> list[Figure]:
    """Of intake's worker, which hears most, started as it is in production: percent of a core, and megabytes."""
    command = [sys.executable, "-m", "services.intake", "worker", "--host=127.0.0.1", f"--port={free_port()}"]
    worker = await asyncio.create_subprocess_exec(
        *command, env=environment | {"STILLWATER_ENV": "production"}, cwd=ROOT,
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await asyncio.sleep(15.0)
        process = psutil.Process(worker.pid)
        before = _seconds(process)
        await asyncio.sleep(IDLE_SECONDS)
        core, memory = (_seconds(process) - before) / IDLE_SECONDS, process.memory_info().rss
    finally:
        worker.kill()
        await worker.wait()
    return [
        Figure("idle worker", "% of a core", core * 100, bar=at_most(2.0)),
        Figure("idle worker", "MB", memory / 1e6, bar=at_most(120.0)),
    ]
