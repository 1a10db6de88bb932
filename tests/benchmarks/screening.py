"""Screening by itself: how long a decision takes, and what must hold of random patients, of whom much is unknown.

`python -m tests.benchmarks screening` tries 100,000 (some minutes on two cores), as `make bench` does;
STILLWATER_BENCH_RANDOM tries so many, and STILLWATER_SEED repeats a run. Each is decided on four modalities under the
rules of every sample clinic.
"""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from multiprocessing import get_context
from statistics import median
from time import perf_counter, process_time
from typing import NamedTuple

from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.replaying import differences
from services.intake.domain.screening import Decision, screen
from shared.clinicfile.facts import VOCABULARY, Fact, FactValue
from shared.clinicfile.model import ClinicFile
from shared.events.parts import Modality, Outcome
from tests.benchmarks.figures import Figure, at_least, at_most
from tests.benchmarks.ground import Ground
from tests.support.given import number
from tests.unit.clinicfile.every import FILES
from tests.unit.intake.cases import CONTRAINDICATIONS
from tests.unit.rules.facts import HEALTHY
from tests.unit.rules.proving import unproved

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
PATIENTS = int(number("STILLWATER_BENCH_RANDOM", 100_000))
PART = 1000
BROKEN = "broken"
CHECKED = (
    "the order of rules and answers does not matter", "a replay says the same",
    "the outcome is that of the most severe finding", "a contraindication more improves nothing",
    "not knowing an answer gives no ELIGIBLE and lowers no worst that is possible",
    "who is ELIGIBLE has every fact known and fresh that could turn a rule",
)  # fmt: skip
MISSING = (0.0, 0.0, 0.02, 0.1)
"""Of what share of a patient's facts nothing is known: nobody is ELIGIBLE of whom much is missing."""
DAYS_AGO = (0, 1, 31, 89, 90, 91, 400)
NEAR_LIMITS = (
    0, 1, 2, 3, 7, 8, 17, 18, 29, 30, 31, 41, 42, 49,
    50, 64, 65, 90, 91, 110, 111, 119, 120, 140, 141, 180, 365,
)  # fmt: skip


def four_modalities() -> ClinicFile:
    """Coastline's rules for everything that can be screened for."""
    file = FILES["coastline"]
    every = tuple(file.protocols[0].model_copy(update={"modality": modality}) for modality in Modality)
    shared = {rule.id: rule for one in FILES.values() for rule in one.rules}
    return file.model_copy(update={"protocols": every, "rules": tuple(shared.values())})


class Tried(NamedTuple):
    """What did not hold, by seed and number, and how many patients were ELIGIBLE for something."""

    bad: list[str]
    eligible: int


def patient(chance: random.Random) -> dict[str, FactValue]:
    """Mostly healthy, some answers otherwise; of half of them some are missing."""
    missing = chance.choice(MISSING)
    facts = {name: value for name, value in HEALTHY.items() if chance.random() >= missing}
    otherwise = chance.sample(sorted(VOCABULARY), chance.randrange(5))
    return facts | {name: _value(VOCABULARY[name], chance) for name in otherwise}


def _value(fact: Fact, chance: random.Random) -> FactValue:
    if listed := fact.finite_values():
        return chance.choice(listed)
    low, high = int(fact.low or 0), int(fact.high or 0)
    number = chance.choice([n for n in NEAR_LIMITS if low <= n <= high] or [low])
    return number if fact.type == "int" else float(number)


def broken(
    file: ClinicFile, shuffled: ClinicFile, values: dict[str, FactValue], chance: random.Random
) -> Iterator[str]:
    """Properties that do not hold of a patient."""
    found = decide(file, values)
    if found.modalities != decide(shuffled, dict(reversed(values.items()))).modalities:
        yield "the order of rules and answers matters"
    if differences(found, screen(file, "h", Decision.model_validate_json(found.model_dump_json()).facts, NOW)):
        yield "a replay says something else"
    for one in found.modalities:
        if one.outcome is not max([Outcome.ELIGIBLE, *(f.outcome for f in one.findings)], key=lambda o: o.severity):
            yield "the outcome is not that of the most severe finding"
    worse = chance.choice(CONTRAINDICATIONS)
    denied = values | {name: HEALTHY[name] for name in worse if name in HEALTHY}
    more = decide(file, values | worse)
    for before in (found, decide(file, denied)):
        if any(after < less for after, less in _beside(more, before)):
            yield f"{worse} improves the outcome"
    if values:
        yield from _unknown(file, values, found, chance.choice(sorted(values)))


def _unknown(file: ClinicFile, values: dict[str, FactValue], found: Decision, name: str) -> Iterator[str]:
    less = decide(file, {known: value for known, value in values.items() if known != name})
    for before, after in zip(found.modalities, less.modalities, strict=True):
        if after.outcome is Outcome.ELIGIBLE and before.outcome is not Outcome.ELIGIBLE:
            yield f"not knowing {name} gives ELIGIBLE"
        if after.worst_possible.severity < before.worst_possible.severity:
            yield f"not knowing {name} lowers the worst that is possible"


def _beside(one: Decision, other: Decision) -> Iterator[tuple[int, int]]:
    for left, right in zip(one.modalities, other.modalities, strict=True):
        yield left.outcome.severity, right.outcome.severity


def decide(file: ClinicFile, values: dict[str, FactValue]) -> Decision:
    return screen(file, "h", known(values), NOW)


def known(values: dict[str, FactValue]) -> Facts:
    return {name: _fact(name, value, 0) for name, value in values.items()}


def known_since(values: dict[str, FactValue], chance: random.Random) -> Facts:
    """The same, up to three of them for some days."""
    old = chance.sample(sorted(values), min(len(values), chance.randrange(4)))
    return known(values) | {name: _fact(name, values[name], chance.choice(DAYS_AGO)) for name in old}


@lru_cache(maxsize=4096, typed=True)
def _fact(_: str, value: FactValue, days: int) -> KnownFact:
    return KnownFact(value=value, source="patient", as_of=NOW - timedelta(days=days))


def some(seed: int, count: int) -> Tried:
    """Try so many random patients."""
    chance, file, bad, eligible = random.Random(seed), four_modalities(), list[str](), 0
    rules = list(file.rules)
    chance.shuffle(rules)
    shuffled = file.model_copy(update={"rules": tuple(rules)})
    for n in range(count):
        values = patient(chance)
        dated = screen(file, "h", known_since(values, chance), NOW)
        eligible += any(one.outcome is Outcome.ELIGIBLE for one in dated.modalities)
        found = (*broken(file, shuffled, values, chance), *unproved(file, dated))
        bad += [f"seed {seed}, patient {n}: {what}" for what in found]
    return Tried(bad, eligible)


def milliseconds(act: Callable[[], object], times: int = 500) -> float:
    """The median of so many runs, in CPU time of this process."""
    took = []
    for _ in range(times):
        began = process_time()
        act()
        took.append((process_time() - began) * 1000)
    return median(took)


async def measure(_: Ground) -> list[Figure]:
    """Time a decision, then try so many random patients on every core."""
    file, facts = four_modalities(), known(HEALTHY)
    took = milliseconds(lambda: screen(file, "h", facts, NOW))
    began = perf_counter()
    bad, eligible = tried(PATIENTS, int(number("STILLWATER_SEED", 1)))
    lasted = perf_counter() - began
    for line in bad[:20]:
        print(line)
    print(f"{PATIENTS:,} random patients, {len(file.rules)} rules, four modalities; of each: {'; '.join(CHECKED)}.")
    return [
        Figure(f"a decision, {len(file.rules)} rules, {len(facts)} facts, four modalities", "ms", took, bar=at_most(1)),
        Figure(f"properties of {PATIENTS:,} random patients", BROKEN, len(bad), bar=at_most(0)),
        Figure("of them eligible for something", "patients", eligible, bar=at_least(PATIENTS // 50)),
        Figure("random patients tried", "patients/s", PATIENTS / lasted),
    ]


def tried(count: int, seed: int) -> Tried:
    """So many random patients, on every core."""
    sizes = [min(PART, count - first) for first in range(0, count, PART)]
    with ProcessPoolExecutor(mp_context=get_context("spawn")) as workers:
        parts = list(workers.map(some, (seed + n for n in range(len(sizes))), sizes))
    return Tried([line for part in parts for line in part.bad], sum(part.eligible for part in parts))
