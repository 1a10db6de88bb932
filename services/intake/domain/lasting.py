"""Until when a decision holds if nobody says anything new: the first moment at which time alone changes it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import NamedTuple
from zoneinfo import ZoneInfo

from services.intake.domain.aging import AGEING, DAY, OF_THE_DAY, ages_of
from services.intake.domain.facts import History, birthday
from services.intake.domain.known import Facts
from services.intake.domain.screening import Decision, modalities_of
from shared.clinicfile.examples import outcome_of
from shared.clinicfile.expression import numbers_in, tokens
from shared.clinicfile.facts import VOCABULARY, FactValue
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule
from shared.events.parts import Modality, Outcome
from shared.rules import CompiledRules, Verdict

GROWING = frozenset(name for name, fact in VOCABULARY.items() if fact.unit in ("days", "completed years"))
MOMENT = timedelta(microseconds=1)
FactsAt = Callable[[datetime], Facts]
Standing = Mapping[str, tuple[FactValue, bool, bool]]
Says = frozenset[tuple[Modality, str, Outcome]]
"""What a rule says of whom it concerns: of which modality, FIRED or INCOMPLETE, with which outcome."""
NOTHING: Says = frozenset()


def valid_until(file: ClinicFile, decision: Decision, history: History | None, facts_at: FactsAt) -> datetime | None:
    """The first moment at which the decision would be another one, or a condition that waits lapses; None: never.

    `decision` was made under `file`; `facts_at` tells what will be known then if nothing is added. Without a history,
    birthdays and the readings behind a fact of the day are not known. Only `moments` are tried, and of each only the
    rules that look at a fact which turned: the others say what they said. Findings are nothing but what rules say.
    """
    lapses = min((c.until for c in decision.conditions if c.waits), default=None)
    looks, modalities, said = _looks_of(file.rules_in_force), modalities_of(file), _said(decision)
    now = _standing(decision.facts, decision.screened_at, file)
    for moment in sorted(moments(file, decision, history)):
        if lapses is not None and moment >= lapses:
            break
        then = _standing(facts_at(moment), moment, file)
        saying = _saying(looks.touched(now, then), then, modalities)
        if any(said.get(rule_id, NOTHING) != says for rule_id, says in saying):
            return moment
    return lapses


def _said(decision: Decision) -> Mapping[str, Says]:
    """By rule; whose rule is not in it says nothing."""
    found: dict[str, set[tuple[Modality, str, Outcome]]] = defaultdict(set)
    for one in decision.modalities:
        for finding in one.findings:
            found[finding.rule_id].add((one.modality, finding.reason_code, finding.outcome))
    return {rule_id: frozenset(says) for rule_id, says in found.items()}


def _saying(rules: Sequence[Rule], standing: Standing, modalities: Sequence[Modality]) -> Iterator[tuple[str, Says]]:
    """The same of these rules at another moment."""
    needed = {name: standing[name] for rule in rules for name in rule.needs if name in standing}
    values = {name: value for name, (value, _, _) in needed.items()}
    aged, lapsed = ({name for name, seen in needed.items() if seen[place]} for place in (1, 2))
    for rule, result in zip(rules, CompiledRules(rules).evaluate(values, aged, lapsed), strict=True):
        yield rule.id, _says(rule, result.verdict, modalities)


def _says(rule: Rule, verdict: Verdict, modalities: Sequence[Modality]) -> Says:
    made = ((modality, outcome_of(rule, verdict, modality)) for modality in modalities)
    return frozenset((modality, verdict.value, outcome) for modality, outcome in made if outcome is not None)


def _standing(facts: Facts, at: datetime, file: ClinicFile) -> Standing:
    """What a rule sees of every fact: its value, whether it is too old, whether it was so on another day."""
    ages = ages_of(facts, at, file.screening.screening_valid_days)
    return {name: (fact.value, name in ages.aged, name in ages.lapsed) for name, fact in facts.items()}


class _Looks(NamedTuple):
    """What rules look at: each fact with the rules that need it, and the numbers that counts are compared with."""

    rules: tuple[Rule, ...]
    by_fact: Mapping[str, Sequence[Rule]]
    compared: frozenset[tuple[str, int]]

    def touched(self, now: Standing, then: Standing) -> list[Rule]:
        """The rules that look at a fact which turned."""
        turned = (name for name in now.keys() | then.keys() if now.get(name) != then.get(name))
        return list({rule.id: rule for name in turned for rule in self.by_fact.get(name, ())}.values())


_MOST_KEPT = 64
_kept: dict[int, _Looks] = {}  # by identity, as rules in force are: hashing all of them takes longer than using them


def _looks_of(rules: tuple[Rule, ...]) -> _Looks:
    key = id(rules)
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        by_fact: dict[str, list[Rule]] = defaultdict(list)
        for rule in rules:
            for name in rule.needs:
                by_fact[name].append(rule)
        _kept[key] = _Looks(rules, dict(by_fact), frozenset(_compared(rules)))
    return _kept[key]


def moments(file: ClinicFile, decision: Decision, history: History | None) -> set[datetime]:
    """Every moment after the decision at which an age turns, a count of days or years that a rule compares, or a fact
    of the day."""
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
    for name, number in _looks_of(file.rules_in_force).compared:
        for count in (number, number + 1):
            if name == "age_years":
                yield from (_midnight(birthday(one.birth_date, count), zone) for one in (history,) if one)
            elif name in decision.facts and VOCABULARY[name].unit == "days":
                left = count - int(decision.facts[name].value)
                yield _midnight(today + timedelta(days=left), zone)
                yield decision.facts[name].as_of + timedelta(days=count)


def _compared(rules: Iterable[Rule]) -> set[tuple[str, int]]:
    """Facts that grow with time, with the numbers that stand in the rules using them."""
    return {
        (name, int(number))
        for rule in rules
        for name in GROWING.intersection(rule.needs)
        for number in _numbers(rule.when)
    }


@lru_cache(maxsize=4096)
def _numbers(expression: str) -> tuple[float, ...]:
    return numbers_in(tokens(expression))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone)
