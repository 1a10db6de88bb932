"""Shipped rules changed a little, one change at a time: `make test-mutants` names those that no vector notices.

A rule is removed; an outcome, or what an unknown fact gives, is weakened by a step; a comparison takes or loses its
limit; a number or a count of days moves by one; a negation, a connective or a fact is dropped or exchanged; a concern
is lowered.
"""

import sys
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from shared.clinicfile.expression import Token, facts_in, tokens
from shared.clinicfile.facts import VOCABULARY
from shared.clinicfile.ruleset import Rule
from shared.events.parts import Outcome
from tests.unit.clinicfile.every import FILES
from tests.unit.rules.table import OUTCOMES, misfits

FLIPPED = {">": ">=", ">=": ">", "<": "<=", "<=": "<", "==": "!=", "!=": "==", "&&": "||", "||": "&&"}
MILDER = {"HIGH": "MODERATE", "MODERATE": "LOW", "LOW": None}
SHIPPED: dict[str, Rule] = {rule.id: rule for file in FILES.values() for rule in file.rules_in_force}
"""Every rule of every sample clinic, each id once."""


class Mutant(NamedTuple):
    """A changed rule, None for one that was removed, and what was done to it."""

    rule_id: str
    change: str
    rule: Rule | None

    @property
    def noticed(self) -> bool:
        """Whether a vector, or the list of rules, does not fit any more."""
        return self.rule_id in OUTCOMES if self.rule is None else next(misfits(self.rule), None) is not None


def mutants(rule: Rule) -> Iterator[Mutant]:
    """Every small change of a rule that makes it another one."""
    yield Mutant(rule.id, "removed", None)
    for change, when in _expressions(tokens(rule.when)):
        yield Mutant(rule.id, change, rule.model_copy(update={"when": when}))
    for change, fields in (*_outcomes(rule), *_days(rule), *_concern(rule)):
        yield Mutant(rule.id, change, rule.model_copy(update=fields))


def _expressions(found: list[Token]) -> Iterator[tuple[str, str]]:
    for place, (kind, text) in enumerate(found):
        for to in _instead(kind, text):
            changed = [one for _, one in found]
            changed[place] = to
            yield f"{text} -> {to or 'nothing'} at {place}", " ".join(changed)


def _instead(kind: str, text: str) -> Iterable[str]:
    if kind == "number":
        step = 1 if float(text).is_integer() else 0.1
        return [str(type(step)(float(text)) + step), str(type(step)(float(text)) - step)]
    if kind == "operator":
        return [""] if text == "!" else [FLIPPED[text]] if text in FLIPPED else []
    if kind == "word" and text in facts_in([(kind, text)]) and VOCABULARY[text].type == "bool":
        return ["true", "false"]
    return ["''"] if kind == "text" else []


def _outcomes(rule: Rule) -> Iterator[tuple[str, dict[str, object]]]:
    for modality, outcome in rule.outcome.items():
        rest = {other: value for other, value in rule.outcome.items() if other is not modality}
        yield f"{modality} left out", {"outcome": rest}
        if milder := _milder(outcome):
            yield f"{modality} {outcome} -> {milder}", {"outcome": rest | {modality: milder}}
    if milder := _milder(rule.unknown):
        yield f"unknown {rule.unknown} -> {milder}", {"unknown": milder}


def _milder(outcome: Outcome) -> Outcome | None:
    return list(Outcome)[outcome.severity - 1] if outcome.severity else None


def _days(rule: Rule) -> Iterator[tuple[str, dict[str, object]]]:
    days = rule.recheck_after_days
    for moved in (days + 1, days - 1, None) if days else ():
        yield f"looked at again after {moved} days", {"recheck_after_days": moved}


def _concern(rule: Rule) -> Iterator[tuple[str, dict[str, object]]]:
    if rule.concern:
        yield "opens a smaller concern", {"concern": MILDER[rule.concern]}


def survivors() -> tuple[int, list[Mutant]]:
    """How many mutants there are, and those that nothing notices."""
    every = [mutant for rule in SHIPPED.values() for mutant in mutants(rule)]
    return len(every), [mutant for mutant in every if not mutant.noticed]


def main() -> int:
    """Print the survivors; 1 if there are any."""
    count, alive = survivors()
    for mutant in alive:
        print(f"survived: {mutant.rule_id}, {mutant.change}")
    print(f"{count} mutants of {len(SHIPPED)} rules, {len(alive)} survived")
    return 1 if alive else 0


if __name__ == "__main__":
    sys.exit(main())
