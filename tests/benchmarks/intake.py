"""Intake with many patients: submitting a questionnaire, the worklist, search, and everybody screened again under new
rules. HTTP is asked of an API process; a route that only reads the token is measured beside, in the same run.

STILLWATER_BENCH_PATIENTS says how many are screened again (10,000; 100,000 is what the figure is about).
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from services.intake.commands.screening.activation import UNDONE, Activated
from services.intake.loops import rescreen_part
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule, RuleExample
from shared.clock import monotonic
from shared.events.parts import Modality, Outcome
from shared.ids import new_id
from shared.runtime.loops import Progress
from shared.service import Service
from tests.benchmarks.command import served
from tests.benchmarks.figures import Figure, at_most, quantile
from tests.benchmarks.ground import Ground
from tests.benchmarks.openloop import Client, drive, in_turn
from tests.benchmarks.practice import Practice, apply, items, phone_of, practice
from tests.faults.world import environment_of
from tests.integration.intake.conftest import HEALTHY
from tests.support.given import number
from tests.support.house import Tokens, larkspur

PATIENTS = int(number("STILLWATER_BENCH_PATIENTS", 10_000))
REGISTERED, ITEMS = 50_000, 10_000
ALL, WITHIN_SECONDS = 100_000, 600.0
RATE, SECONDS = 50, number("STILLWATER_BENCH_SECONDS", 20)
READS, SEARCHERS, SEARCHES = 200, 20, 10
MODULE = "services.intake"


async def measure(ground: Ground) -> list[Figure]:
    clinic = larkspur()
    async with ground.service("intake") as service:
        screened = max(PATIENTS, ITEMS)
        made = await practice(service, clinic, screened=screened, registered=max(REGISTERED, screened))
        await items(made, ITEMS)
        await _at_rest(service)
        figures = await _over_http(ground, made)
        return [*figures, *await _rescreening(made)]


async def _at_rest(service: Service) -> None:
    """What the database would still do about 60,000 patients who came within a minute is done before it is measured."""
    pool = await service.database.pool()
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        await pool.execute(statement)


async def _over_http(ground: Ground, made: Practice) -> list[Figure]:
    environment = environment_of(ground.secrets, "intake", made.service.database.dsn, "nowhere:9")
    tokens = Tokens(ground.secrets, made.clinic)
    token = tokens.staff("nurse", "clinician", "frontdesk")
    async with served(environment, token, MODULE) as client:
        worklist = f"/v1/worklist?clinic_id={made.clinic.clinic_id}&limit=50"
        bare = _both(await in_turn(READS, lambda _: client.get("/v1/me")))
        page = _both(await in_turn(READS, lambda _: client.get(worklist)))
        found = await _searches(client, tokens, made)
        told = await _submits(client, made)
        idle = await _open(lambda _: client.get("/v1/me"))
    against = "a route that only reads the token"
    return [
        Figure(f"worklist of {ITEMS:,}, first page, median", "ms", page[0], against, bare[0], at_most(20)),
        Figure(f"worklist of {ITEMS:,}, first page, p99", "ms", page[1], against, bare[1]),
        Figure(f"search among {len(made.registered):,}, median", "ms", found[0], against, bare[0], at_most(50)),
        Figure(f"search among {len(made.registered):,}, p99", "ms", found[1], against, bare[1]),
        Figure(f"questionnaire at {RATE}/s, median", "ms", told[0], against, idle[0]),
        Figure(f"questionnaire at {RATE}/s, p99", "ms", told[1], against, idle[1], at_most(30)),
    ]


Send = Callable[[int], Awaitable[Any]]


async def _open(send: Send) -> tuple[float, float]:
    """Median and p99 in ms of requests that leave when they are due."""
    await drive(RATE / 2, 2.0, lambda n: send(-1 - n))
    return _both([answered - due for due, answered, answer in await drive(RATE, SECONDS, send) if answer is not None])


def _both(took: list[float]) -> tuple[float, float]:
    return quantile(took, 0.5) * 1000, quantile(took, 0.99) * 1000


async def _searches(client: Client, tokens: Tokens, made: Practice) -> tuple[float, float]:
    """By name and birth date, by a name alone, by its beginning, by telephone; many people search, a few times each."""
    took = []
    for searcher in range(SEARCHERS):
        own = client.as_somebody(tokens.staff("frontdesk", subject=f"searcher-{searcher}"))
        for n in range(SEARCHES):
            at = (searcher * SEARCHES + n) * 97 % len(made.registered)
            began = monotonic()
            answer = await own.post("/v1/patients/search", _asked_for(made, at, n % 4), str(new_id()))
            took.append(monotonic() - began)
            if not answer["matches"]:
                raise RuntimeError("a patient who is registered was not found")
        await own.close()
    return _both(took)


def _asked_for(made: Practice, at: int, way: int) -> Mapping[str, str]:
    person = made.registered[at]
    return (
        {"name": person.family_name, "birth_date": person.birth_date.isoformat()},
        {"name": f"{person.given_name} {person.family_name}"},
        {"name": person.family_name[:4]},
        {"phone": phone_of(int(person.record_number))},
    )[way]  # fmt: skip


async def _submits(client: Client, made: Practice) -> tuple[float, float]:
    """Each of another patient, who has a history: kept, screened for every modality, told."""
    body = {"answers": HEALTHY}
    return await _open(lambda n: client.post(f"/v1/patients/{made.patients[n]}/questionnaires", body, str(new_id())))


# --- everybody again ------------------------------------------------------------------------------------------------


async def _rescreening(made: Practice) -> list[Figure]:
    """Under rules that change nothing for anybody, then under rules that change something for everybody; in the middle
    of that it is cut off, and goes on where it was."""
    rules = made.clinic.rules
    worded = rules[0].model_copy(update={"reason": f"{rules[0].reason} Look twice."})
    untouched = await _again(made, made.clinic.model_copy(update={"rules": (worded, *rules[1:])}), cut=False)
    changed = await _again(made, _stricter(made.clinic), cut=True)
    select_one = await _select_one(made.service)
    ways = {"that changes nobody": untouched, "that changes everybody": changed}
    return [
        figure
        for what, seconds in ways.items()
        for figure in (
            Figure(
                f"screened again after a rule {what}", "patients/min", len(made.patients) / seconds * 60,
                "SELECT 1 in a transaction each", 60 / select_one,
            ),
            Figure(
                f"{ALL:,} at that rate ({len(made.patients):,} measured)", "s", seconds * ALL / len(made.patients),
                bar=at_most(WITHIN_SECONDS),
            ),
        )
    ]  # fmt: skip


def _stricter(clinic: ClinicFile) -> ClinicFile:
    """With one more rule, which fires for everybody here, and so for the examples of the whole."""
    rule = Rule(
        id="BEN-001", when="failed_antidepressants < 3", needs=("failed_antidepressants",),
        outcome=dict.fromkeys(Modality, Outcome.NEEDS_REVIEW), reason="Fewer than three were tried.",
        patient_reason="We will look at it with you.",
        examples=(
            RuleExample(facts={"failed_antidepressants": 2}, outcome=Outcome.NEEDS_REVIEW),
            RuleExample(facts={"failed_antidepressants": 3}, outcome="PASS"),
        ),
    )  # fmt: skip
    return clinic.model_copy(update={"rules": (*clinic.rules, rule), "examples": ()})


async def _again(made: Practice, clinic: ClinicFile, *, cut: bool) -> float:
    """Seconds until everybody was looked at. Raises RuntimeError if somebody was left out or looked at in vain."""
    await apply(made.service, clinic)
    pool = await made.service.database.pool()
    half = len(made.patients) // 2
    began = monotonic()
    while found := await pool.fetch(UNDONE):
        going = asyncio.ensure_future(rescreen_part(made.service, Activated(*found[0]), Progress("rescreen")))
        looked = await pool.fetchval("SELECT coalesce(max(looked), 0) FROM rescreening")
        if cut and looked >= half:
            cut = False
            await asyncio.sleep(0.05)
            going.cancel()
        with suppress(asyncio.CancelledError):
            await going
    lasted = monotonic() - began
    done = await pool.fetchrow("SELECT total, looked, failed FROM rescreening WHERE finished_at IS NOT NULL")
    if done is None or done["looked"] != done["total"] or done["failed"]:
        raise RuntimeError(f"not everybody was looked at: {dict(done or {})}")
    return lasted


async def _select_one(service: Service) -> float:
    """Seconds for one."""
    pool = await service.database.pool()
    began, times = monotonic(), 2_000
    for _ in range(times):
        async with pool.acquire() as connection, connection.transaction():
            await connection.fetchval("SELECT 1")
    return (monotonic() - began) / times
