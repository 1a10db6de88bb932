"""How old a fact may be: what is too old passes no rule, what was so on another day fires none (shared/rules.py)."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.intake.domain.known import Facts, KnownFact
from shared.clinicfile.facts import VOCABULARY

DAY = timedelta(hours=24)
OF_THE_DAY = frozenset(name for name, fact in VOCABULARY.items() if fact.keeps == "day")
AGEING = frozenset(name for name, fact in VOCABULARY.items() if fact.keeps == "valid")


@dataclass(frozen=True, slots=True)
class Ages:
    """Names of facts that are too old, and of such that were so on another day."""

    aged: frozenset[str]
    lapsed: frozenset[str]


def ages_of(facts: Facts, at: datetime, valid_days: int) -> Ages:
    """`valid_days` is how long a clinic lets a screening stand; that day is still fine (A.8)."""
    return Ages(
        frozenset(name for name, fact in facts.items() if name in AGEING and too_old(fact, at, valid_days)),
        frozenset(name for name, fact in facts.items() if name in OF_THE_DAY and at - fact.as_of > DAY),
    )


def too_old(fact: KnownFact, at: datetime, valid_days: int) -> bool:
    return (at - fact.as_of).days > valid_days


def carried(facts: Facts, standing: Mapping[str, KnownFact], at: datetime, valid_days: int) -> Facts:
    """With what the standing decision knew of its day and nobody measured since: each dose measures it again (A.5), so
    a passed rule need not ask for it in between."""
    day = {name: fact for name, fact in standing.items() if name in OF_THE_DAY and name not in facts}
    return facts | {name: fact for name, fact in day.items() if not too_old(fact, at, valid_days)}


def recalled(facts: Facts, known_at: Callable[[datetime], Facts]) -> Facts:
    """What a decision knew of its day from measurements, by those that count now: what was corrected since would else
    be carried on. What none of them tells is not known."""
    names = [name for name in facts if name in OF_THE_DAY and VOCABULARY[name].source == "derived"]
    again: dict[str, KnownFact | None] = {name: known_at(facts[name].as_of).get(name) for name in names}
    return {name: fact for name, fact in {**facts, **again}.items() if fact is not None}
