"""Until when a decision holds if nobody says anything new: the first moment at which time alone changes it."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from services.intake.domain.aging import AGEING, DAY, OF_THE_DAY, ages_of
from services.intake.domain.comparing import same_findings
from services.intake.domain.facts import History, birthday
from services.intake.domain.known import Facts
from services.intake.domain.screening import Decision, screen
from shared.clinicfile.expression import numbers_in, tokens
from shared.clinicfile.facts import VOCABULARY, FactValue
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule
from shared.rules import CompiledRules, Verdict

GROWING = frozenset(name for name, fact in VOCABULARY.items() if fact.unit in ("days", "completed years"))
MOMENT = timedelta(microseconds=1)
FactsAt = Callable[[datetime], Facts]
Standing = Mapping[str, tuple[FactValue, bool, bool]]


def valid_until(file: ClinicFile, decision: Decision, history: History | None, facts_at: FactsAt) -> datetime | None:
    """The first moment at which the decision would be another one, or a condition that waits lapses; None: never.

    `facts_at` tells what will be known then if nothing is added. Without a history, birthdays and the readings behind a
    fact of the day are not known. Only moments are tried at which an age, a count of
    days that a rule compares, or a fact of the day turns.
    """
    lapses = min((c.until for c in decision.conditions if c.waits), default=None)
    unconditional = decision.model_copy(update={"conditions": ()})
    rules, now = file.rules_in_force, _standing(decision.facts, decision.screened_at, file)
    said = _verdicts(rules, now)
    for moment in sorted(_moments(file, decision, history)):
        if lapses is not None and moment >= lapses:
            break
        facts = facts_at(moment)
        then = _standing(facts, moment, file)
        if _verdicts(_touched(rules, now, then), then).items() <= said.items():
            continue
        if not same_findings(screen(file, decision.rule_set_hash, facts, moment), unconditional):
            return moment
    return lapses


def _standing(facts: Facts, at: datetime, file: ClinicFile) -> Standing:
    """What a rule sees of every fact: its value, whether it is too old, whether it was so on another day."""
    ages = ages_of(facts, at, file.screening.screening_valid_days)
    return {name: (fact.value, name in ages.aged, name in ages.lapsed) for name, fact in facts.items()}


def _touched(rules: Iterable[Rule], now: Standing, then: Standing) -> list[Rule]:
    """The rules that look at a fact which turned; the others say what they said."""
    turned = {name for name in now.keys() | then.keys() if now.get(name) != then.get(name)}
    return [rule for rule in rules if not turned.isdisjoint(rule.needs)]


def _verdicts(rules: Sequence[Rule], standing: Standing) -> dict[str, Verdict]:
    """What each rule says, without what it says it about."""
    needed = {name: standing[name] for rule in rules for name in rule.needs if name in standing}
    values = {name: value for name, (value, _, _) in needed.items()}
    aged, lapsed = ({name for name, seen in needed.items() if seen[place]} for place in (1, 2))
    return {result.rule_id: result.verdict for result in CompiledRules(rules).evaluate(values, aged, lapsed)}


def _moments(file: ClinicFile, decision: Decision, history: History | None) -> set[datetime]:
    """Every moment after the decision at which something turns."""
    found = {*_ageing(file, decision), *_counted(file, decision, history), *_of_the_day(decision, history)}
    return {moment for moment in found if moment > decision.screened_at}


def _ageing(file: ClinicFile, decision: Decision) -> Iterator[datetime]:
    """A fact grows too old the day after the last on which a screening stands."""
    days = timedelta(days=file.screening.screening_valid_days + 1)
    return (f.as_of + days for name, f in decision.facts.items() if name in AGEING)


def _of_the_day(decision: Decision, history: History | None) -> Iterator[datetime]:
    """A fact of the day is one of another day after 24 hours, each reading by itself."""
    yield from (f.as_of + DAY + MOMENT for name, f in decision.facts.items() if name in OF_THE_DAY)
    pressures = history.pressures if history else ()
    yield from (r.at + DAY + MOMENT for r in pressures if decision.screened_at - r.at <= DAY)


def _counted(file: ClinicFile, decision: Decision, history: History | None) -> Iterator[datetime]:
    """A count of days or years reaches a number that a rule compares it with, or passes it."""
    zone = ZoneInfo(file.zone)
    today = decision.screened_at.astimezone(zone).date()
    for name, number in _compared(file):
        for count in (number, number + 1):
            if name == "age_years":
                yield from (_midnight(birthday(one.birth_date, count), zone) for one in (history,) if one)
            elif name in decision.facts and VOCABULARY[name].unit == "days":
                left = count - int(decision.facts[name].value)
                yield _midnight(today + timedelta(days=left), zone)
                yield decision.facts[name].as_of + timedelta(days=count)


def _compared(file: ClinicFile) -> set[tuple[str, int]]:
    """Facts that grow with time, with the numbers that stand in the rules using them."""
    return {
        (name, int(number))
        for rule in file.rules_in_force
        for name in GROWING.intersection(rule.needs)
        for number in _numbers(rule.when)
    }


@lru_cache(maxsize=4096)
def _numbers(expression: str) -> tuple[float, ...]:
    return numbers_in(tokens(expression))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
