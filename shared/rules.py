"""Screening rules over facts of which some may be unknown (design: the clinic file; domain A.1, A.8).

A rule FIRES if its expression is true whatever the unknown facts are, PASSES only if it is false whatever they are, and
is INCOMPLETE otherwise: also on any error and on anything that is not a bool. Unknown facts are left unbound, never
null, because in CEL `pregnant == true` with null is silently false.

Facts have ages. What is too old (`aged`) makes a rule fire but never pass: saying nothing for long never helps. What
was so on another day only (`lapsed`) makes a rule pass but never fire. A rule that needs to know it anew is INCOMPLETE.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from importlib.metadata import version
from itertools import product
from math import prod
from typing import Any, Protocol

from shared.clinicfile.facts import VOCABULARY, Fact, FactValue

ENGINE = f"2, cel {version('common-expression-language')}"
"""What evaluates: raise the first number when the same rules may decide differently on the same facts."""
MOST_CASES = 512
"""More combinations of unknown facts than this are not tried; the rule is INCOMPLETE then."""


class Verdict(StrEnum):
    """What a rule says about a patient."""

    FIRED = "FIRED"
    PASSED = "PASSED"
    INCOMPLETE = "INCOMPLETE"


class RuleLike(Protocol):
    """What evaluation needs of a rule; `shared.clinicfile.model.Rule` is one."""

    @property
    def id(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def needs(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class RuleResult:
    """A rule's verdict, the facts it would still like to know, and the known facts it looked at."""

    rule_id: str
    verdict: Verdict
    missing: tuple[str, ...]
    evidence: dict[str, FactValue]


@lru_cache(maxsize=4096)
def compiled(expression: str) -> Any:
    """The CEL program of an expression. Raises ValueError on a syntax error."""
    import cel  # noqa: PLC0415 -- brings a terminal program with it: 10 MB that only who decides needs

    return cel.compile(expression)


def references(expression: str) -> tuple[str, ...]:
    """The fact names that an expression uses, sorted. Raises ValueError on a syntax error."""
    return tuple(sorted(compiled(expression).references()["variables"]))


class CompiledRules:
    """The rules of one clinic file, ready to run. Rules are compiled once per process; facts are bound once per run."""

    def __init__(self, rules: Iterable[RuleLike], vocabulary: Mapping[str, Fact] = VOCABULARY) -> None:
        self._rules = [(rule.id, rule.needs, compiled(rule.when)) for rule in rules]
        self._vocabulary = vocabulary

    def evaluate(
        self, facts: Mapping[str, FactValue], aged: Collection[str] = (), lapsed: Collection[str] = ()
    ) -> list[RuleResult]:
        """One result per rule, in file order. A fact left out, or not acceptable to the vocabulary, is unknown.

        `aged` and `lapsed` name facts that are too old, or of another day.
        """
        known = {name: value for name, value in facts.items() if self._acceptable(name, value)}
        context = context_of(known)
        return [
            self._renewed(self._result(rule_id, needs, program, known, context), program, aged, lapsed)
            for rule_id, needs, program in self._rules
        ]

    def _renewed(self, found: RuleResult, program: Any, aged: Collection[str], lapsed: Collection[str]) -> RuleResult:
        """INCOMPLETE where a pass rests on facts that are too old, or a fire on such of another day."""
        doubted = {Verdict.PASSED: aged, Verdict.FIRED: lapsed}.get(found.verdict, ())
        asked_anew = tuple(name for name in found.evidence if name in doubted)
        if not asked_anew:
            return found
        rest = {name: value for name, value in found.evidence.items() if name not in asked_anew}
        needs = tuple(sorted((*found.evidence, *found.missing)))
        without = self._result(found.rule_id, needs, program, rest, context_of(rest))
        if without.verdict is found.verdict:
            return found
        return RuleResult(found.rule_id, Verdict.INCOMPLETE, (*found.missing, *asked_anew), found.evidence)

    def _acceptable(self, name: str, value: FactValue) -> bool:
        return name in self._vocabulary and self._vocabulary[name].accepts(value)

    def _result(
        self, rule_id: str, needs: tuple[str, ...], program: Any, known: Mapping[str, FactValue], context: Any
    ) -> RuleResult:
        missing = tuple(name for name in needs if name not in known)
        evidence = {name: known[name] for name in needs if name in known}
        answer = _run(program, context)
        if answer is None and missing:
            answer = self._whatever(program, evidence, missing)
        return RuleResult(rule_id, _verdict(answer), missing, evidence)

    def _whatever(self, program: Any, evidence: Mapping[str, FactValue], missing: tuple[str, ...]) -> bool | None:
        """The answer that holds for every value of the missing facts that can be listed; None if there is none."""
        domains = {name: self._vocabulary[name].finite_values() for name in missing if name in self._vocabulary}
        cases = _cases({name: values for name, values in domains.items() if values})
        answers = {_run(program, context_of({**evidence, **case})) for case in cases}
        return answers.pop() if len(answers) == 1 else None


def _cases(domains: Mapping[str, tuple[FactValue, ...]]) -> Iterator[dict[str, FactValue]]:
    count = prod(len(values) for values in domains.values())
    combinations = product(*domains.values()) if count <= MOST_CASES else iter(())
    return (dict(zip(domains, values, strict=True)) for values in combinations)


def context_of(facts: Mapping[str, FactValue]) -> Any:
    """What a compiled program is executed in: these facts, every other one unbound."""
    import cel  # noqa: PLC0415 -- as above

    context = cel.Context()
    for name, value in facts.items():
        context.add_variable(name, value)
    return context


def _run(program: Any, context: Any) -> bool | None:
    """The bool an expression gives, None for an error (an unbound fact is one) and for anything else."""
    try:
        answer = program.execute(context)
    except (RuntimeError, TypeError, ValueError, ArithmeticError, LookupError):
        return None
    return answer if isinstance(answer, bool) else None


def _verdict(answer: bool | None) -> Verdict:
    if answer is None:
        return Verdict.INCOMPLETE
    return Verdict.FIRED if answer else Verdict.PASSED
