"""Scheduling on a floor of twenty chairs that keeps its roster: courses booked, slots found, many clients for few
slots, a day re-planned, and an observation on its way to everybody who looks at the board.

HTTP is asked of an API process; a route that only reads the token is measured beside, in the same run.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx

from services.scheduling.app import DEFINITION
from shared.clinicfile.model import Chair, ClinicFile
from shared.clock import monotonic
from shared.ids import new_id
from tests.benchmarks.command import served
from tests.benchmarks.figures import Figure, at_least, at_most, quantile
from tests.benchmarks.ground import Ground
from tests.benchmarks.openloop import WARM, Client, in_turn
from tests.faults.world import environment_of
from tests.integration.scheduling.capacity import rostered, shared_chairs, taken, too_much
from tests.integration.scheduling.conftest import INTAKE
from tests.integration.scheduling.scene import Scene
from tests.support.house import larkspur, running
from tests.support.streamed import events_of

MODULE = "services.scheduling"
CHAIRS, NURSES, DAYS = 20, 10, 30
WEEKS, TIMES = (0, 3, 6), ("08:00", "08:15", "13:00", "13:15")  # ten at each: forty sessions on each first day
READS, FINDS = 200, 1_000
CLIENTS, SLOTS = 200, 10
SUBSCRIBERS, OBSERVATIONS = 50, 40
AGAINST = "a route that only reads the token"
HALF, MOST = 0.5, 0.99


@dataclass(frozen=True, slots=True)
class Floor:
    """The house, an API process of it, who prescribes there, and the courses that were booked."""

    scene: Scene
    client: Client
    prescriber: UUID
    courses: list[dict[str, Any]]

    @property
    def clinic_id(self) -> str:
        return str(self.scene.house.clinic.clinic_id)


def hall() -> ClinicFile:
    """Larkspur with twenty chairs."""
    clinic = larkspur()
    chairs = tuple(Chair(id=f"chair-{n}", name=f"Chair {n}") for n in range(1, CHAIRS + 1))
    return clinic.model_copy(update={"locations": (clinic.locations[0].model_copy(update={"chairs": chairs}),)})


async def measure(ground: Ground) -> list[Figure]:
    with ground.cluster() as bootstrap:
        async with _open(ground, bootstrap) as floor:
            bare = await in_turn(READS, lambda _: floor.client.get("/v1/me"))
            booked = await _booked(floor)
            found = await _found(floor)
            return [
                *_timed("six sessions planned and booked", booked, bare, 80),
                *_timed(f"slots found among {CHAIRS} chairs by {DAYS} days", found, bare, 20),
                *await _rush(floor), *await _replanned(floor), *await _watched(floor),
            ]  # fmt: skip


def _timed(what: str, took: list[float], bare: list[float], limit: float) -> list[Figure]:
    return [
        Figure(f"{what}, median", "ms", _ms(took, HALF), AGAINST, _ms(bare, HALF)),
        Figure(f"{what}, p99", "ms", _ms(took, MOST), AGAINST, _ms(bare, MOST), at_most(limit)),
    ]


@asynccontextmanager
async def _open(ground: Ground, bootstrap: str) -> AsyncIterator[Floor]:
    clinic = hall()
    async with running([DEFINITION, INTAKE], ground.postgres, bootstrap, clinic=clinic) as house:
        scene = Scene(house)
        prescriber = await rostered(scene, clinic, NURSES)
        dsn = house.services["scheduling"].database.dsn
        environment = environment_of(house.secrets, "scheduling", dsn, bootstrap)
        async with served(environment, scene.staff, MODULE) as client:
            yield Floor(scene, client, prescriber, [])


def _ms(took: list[float], part: float) -> float:
    return quantile(took, part) * 1000


async def _booked(floor: Floor) -> list[float]:
    """As many courses as the nurses can start, three times. A proposal is looked at before each."""
    wanted = [(week, time) for week in WEEKS for time in TIMES for _ in range(NURSES)]
    patients = await floor.scene.patients(len(wanted))

    async def book(n: int) -> None:
        week, time = wanted[n]
        start = floor.scene.next_monday(week).isoformat()
        wish = floor.scene.wish(patients[n], start_on=start, time=time, pattern=["mon", "thu"])
        await floor.client.post("/v1/courses/proposals", wish, str(new_id()))
        floor.courses.append(await floor.client.post("/v1/courses", wish, str(new_id())))

    return await in_turn(len(wanted) - WARM, book)


async def _found(floor: Floor) -> list[float]:
    """Where a session of some course could go within a month, once the bookings are told."""
    await floor.scene.house.settle()
    first_day = floor.scene.next_monday().isoformat()

    async def find(n: int) -> None:
        session = floor.courses[n % len(floor.courses)]["sessions"][n % 6]
        body = {"appointment_id": session["appointment_id"], "first_day": first_day, "days": DAYS}
        await floor.client.post("/v1/slots/find", body, str(new_id()))

    return await in_turn(FINDS, find)


# --- many clients for few slots -------------------------------------------------------------------------------------


async def _rush(floor: Floor) -> list[Figure]:
    """Everybody wants one of ten consultations at once. Raises RuntimeError when not exactly ten get one each."""
    scene = floor.scene
    day, hours = scene.next_monday(1), [f"{hour:02}:00" for hour in range(8, 17)]
    slots = [*((day, at) for at in hours), (day + timedelta(days=1), hours[0])]
    patients = [await scene.patient(cleared=False, settle=False) for _ in range(CLIENTS)]
    await scene.house.settle()
    headers = {"Authorization": f"Bearer {scene.staff}"}
    limits = httpx.Limits(max_connections=CLIENTS)
    base = f"http://127.0.0.1:{floor.client.port}"
    async with httpx.AsyncClient(base_url=base, headers=headers, limits=limits, timeout=60) as http:
        began = monotonic()
        wanted = [(patient, *slots[n % SLOTS]) for n, patient in enumerate(patients)]
        answers = await asyncio.gather(*(
            _hold(http, _consultation(floor, patient) | {"day": day.isoformat(), "time": at})
            for patient, day, at in wanted
        ))  # fmt: skip
        lasted = monotonic() - began
    won = Counter(answer.json()["starts"]["utc"] for answer in answers if answer.status_code == 201)
    refused = [answer for answer in answers if answer.status_code == 409]
    seats = await taken(scene)
    if len(won) != SLOTS or {*won.values()} != {1} or len(refused) != CLIENTS - SLOTS:
        raise RuntimeError(f"not exactly {SLOTS} won: {sorted(won.values())}, {len(refused)} refused")
    if shared_chairs(seats) or too_much(seats, NURSES):
        raise RuntimeError("a chair was taken twice, or more was booked than nurses can watch")
    what = f"{CLIENTS} clients for {SLOTS} slots"
    return [
        Figure(f"{what}: holds", "holds", float(won.total()), bar=at_least(SLOTS)),
        Figure(f"{what}: until everybody was answered", "s", lasted),
    ]


def _consultation(floor: Floor, patient: UUID) -> dict[str, Any]:
    visit = {"patient_id": str(patient), "clinic_id": floor.clinic_id, "location": "main", "kind": "consultation"}
    return {"visit": visit}


async def _hold(http: httpx.AsyncClient, body: Mapping[str, Any]) -> httpx.Response:
    """Whoever waits too long for the location asks again."""
    key = {"Idempotency-Key": str(new_id())}
    while (answer := await http.post("/v1/holds", json=body, headers=key)).status_code == 503:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    return answer


# --- a sick prescriber ----------------------------------------------------------------------------------------------


async def _replanned(floor: Floor) -> list[Figure]:
    """The only prescriber is away on a first day: all its sessions are re-planned, and offered another slot."""
    day = floor.scene.next_monday(WEEKS[1]).isoformat()
    body = {"staff_id": str(floor.prescriber), "first_day": day, "reason": "SICK"}
    absence = await floor.client.post("/v1/absences", body, str(new_id()))
    cause = {"cause": "ABSENCE", "cause_id": absence["absence_id"]}
    began = monotonic()
    preview = await floor.client.post("/v1/replans/preview", cause, str(new_id()))
    shown = monotonic()
    made = await floor.client.post("/v1/replans", cause | {"digest": preview["digest"]}, str(new_id()))
    offered = monotonic()
    sessions = sum(len(proposal["appointment_ids"]) for proposal in preview["proposals"])
    if sessions != len(TIMES) * NURSES or len(made["offers"]) != sessions:
        raise RuntimeError(f"{sessions} sessions were re-planned, {len(made['offers'])} offers made")
    return [
        Figure(f"a day of {sessions} sessions re-planned", "s", shown - began, bar=at_most(3)),
        Figure(f"a day of {sessions} sessions re-planned again, and offered", "s", offered - shown),
    ]


# --- the board ------------------------------------------------------------------------------------------------------


async def _watched(floor: Floor) -> list[Figure]:
    """From the moment an observation is sent until a subscriber hears that there is one."""
    scene, heard = floor.scene, [asyncio.Queue[float]() for _ in range(SUBSCRIBERS)]
    await scene.house.settle()
    session = await scene.seated(floor.courses[0]["sessions"][0])
    path = f"/v1/sessions/{session['session_id']}/observations"
    vitals = {"systolic": 124, "diastolic": 80, "heart_rate": 70, "spo2": 98}
    began = [asyncio.Event() for _ in heard]
    listening = [asyncio.ensure_future(_listen(floor, queue, begun)) for queue, begun in zip(heard, began, strict=True)]
    try:
        await asyncio.wait_for(asyncio.gather(*(begun.wait() for begun in began)), 30)
        took = list[float]()
        for _ in range(OBSERVATIONS):
            sent = monotonic()
            await floor.client.post(path, vitals, str(new_id()))
            took += [at - sent for at in await asyncio.wait_for(asyncio.gather(*(q.get() for q in heard)), 30)]
    finally:
        for task in listening:
            task.cancel()
        await asyncio.wait(listening)
    what = f"observation to {SUBSCRIBERS} who look at the board"
    return [
        Figure(f"{what}, median", "ms", _ms(took, HALF)),
        Figure(f"{what}, p99", "ms", _ms(took, MOST), bar=at_most(150)),
    ]


async def _listen(floor: Floor, heard: "asyncio.Queue[float]", begun: asyncio.Event) -> None:
    """One subscriber's stream of changes."""
    base = f"http://127.0.0.1:{floor.client.port}"
    ticket = (await floor.client.post("/v1/changes/tickets", {}, str(new_id())))["ticket"]
    async with (
        httpx.AsyncClient(base_url=base, timeout=60) as http,
        http.stream("GET", "/v1/changes/stream", params={"ticket": ticket}) as answer,
    ):
        async for name, _, change in events_of(answer):
            begun.set()
            if name == "change" and change["resource"] == "observation":
                heard.put_nowait(monotonic())
