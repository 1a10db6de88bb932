"""What an ELIGIBLE must rest on, looked for without the engine that decided: rules that could fire for all that is
known and fresh."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import cel

from services.intake.domain.known import KnownFact
from services.intake.domain.screening import Decision
from shared.clinicfile.facts import VOCABULARY, Fact, FactValue
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule
from shared.events.parts import Outcome
from shared.rules import compiled


def unproved(file: ClinicFile, decision: Decision) -> Iterator[str]:
    """What is ELIGIBLE although a rule against it could fire: a fact that it needs is not known, or too old."""
    fresh = {name: fact.value for name, fact in decision.facts.items() if _is_fresh(name, fact, file, decision)}
    eligible = [one.modality for one in decision.modalities if one.outcome is Outcome.ELIGIBLE]
    for rule in file.rules_in_force if eligible else ():
        against = [one for one in eligible if rule.outcome.get(one, Outcome.ELIGIBLE) is not Outcome.ELIGIBLE]
        if against and _could_fire(rule, fresh):
            yield f"{rule.id} could fire, and {against[0]} is ELIGIBLE"


def _is_fresh(name: str, fact: KnownFact, file: ClinicFile, decision: Decision) -> bool:
    """What is `valid` holds as many days as a screening, that day included; other facts are dated by their rules, or
    measured before each dose."""
    if not VOCABULARY[name].accepts(fact.value):
        return False
    days = (decision.screened_at - fact.as_of).days
    return VOCABULARY[name].keeps != "valid" or days <= file.screening.screening_valid_days


def _could_fire(rule: Rule, known: Mapping[str, FactValue]) -> bool:
    """Whether any value of what is not known makes the rule true, or no answer can be told."""
    unknown = [name for name in rule.needs if name not in known]
    certain = {name: known[name] for name in rule.needs if name in known}
    cases = product(*(_possible(VOCABULARY[name]) for name in unknown))
    return any(_answer(rule.when, certain | dict(zip(unknown, case, strict=True))) is not False for case in cases)


def _possible(fact: Fact) -> tuple[FactValue, ...]:
    """Every value that can be listed; of numbers the lowest, the highest, and one between."""
    if fact.finite_values():
        return fact.finite_values()
    low, high = fact.low or 0, fact.high or 0
    numbers = (low, (low + high) // 2, high)
    return tuple(int(number) if fact.type == "int" else float(number) for number in numbers)


def _answer(expression: str, facts: Mapping[str, FactValue]) -> Any:
    context = cel.Context()
    for name, value in facts.items():
        context.add_variable(name, value)
    try:
        return compiled(expression).execute(context)
    except (RuntimeError, TypeError, ValueError, ArithmeticError):
        return None
