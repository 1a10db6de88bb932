"""Trying a rule out: it runs on generated facts and on the values around every limit that it names.

What this finds: an error or a non-bool (a type mismatch), a rule that can never fire or never pass, and a fact that
never changes the answer, which is how a comparison of the wrong type looks in CEL (`pregnant == 1` is silently false).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import product
from math import prod
from typing import Any

from shared.clinicfile.facts import Fact, FactValue
from shared.rules import compiled, context_of

MOST_TRIALS = 65_536
_MOST_KEPT = 1_024

Trial = tuple[tuple[FactValue, ...], bool]


def trouble(expression: str, facts: Sequence[Fact], numbers: Iterable[float]) -> str | None:
    """What is wrong with a rule's expression, continuing the sentence "when ..."; None if nothing was found.

    `facts` are the ones it uses, `numbers` its numeric literals. A rule that was tried out once in this process is not
    tried again: a clinic file brings many rules that were in the one before it.
    """
    return _tried(expression, tuple(facts), tuple(numbers))


@lru_cache(maxsize=_MOST_KEPT)
def _tried(expression: str, facts: tuple[Fact, ...], numbers: tuple[float, ...]) -> str | None:
    values = [_values(fact, numbers) for fact in facts]
    if prod(len(v) for v in values) > MOST_TRIALS:
        return "uses too many facts to be tried out"
    try:
        trials = list(_trials(compiled(expression), [fact.name for fact in facts], values))
    except _Failed as failure:
        return str(failure)
    return _one_sided(trials) or _without_effect(facts, trials)


def _values(fact: Fact, numbers: Iterable[float]) -> tuple[FactValue, ...]:
    if listed := fact.finite_values():
        return listed
    step = 1.0 if fact.type == "int" else 0.5
    near = {number + offset for number in numbers for offset in (-step, 0.0, step)} | {fact.low, fact.high, 1.0}
    plain = {int(v) if fact.type == "int" else v for v in near if v is not None}
    return tuple(sorted(v for v in plain if fact.accepts(v)))


class _Failed(Exception):
    """The expression gave no bool; the message says for which facts."""


def _trials(program: Any, names: Sequence[str], values: Sequence[Sequence[FactValue]]) -> Iterator[Trial]:
    for combination in product(*values):
        facts = dict(zip(names, combination, strict=True))
        yield combination, _answer(program, facts)


def _answer(program: Any, facts: Mapping[str, FactValue]) -> bool:
    try:
        answer = program.execute(context_of(facts))
    except (RuntimeError, TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise _Failed(f"fails with {type(error).__name__} for {_shown(facts)}") from None
    if not isinstance(answer, bool):
        raise _Failed(f"gives {answer!r} instead of true or false for {_shown(facts)}")
    return answer


def _shown(facts: Mapping[str, FactValue]) -> str:
    return ", ".join(f"{name} = {value!r}" for name, value in facts.items()) or "no facts"


def _one_sided(trials: Sequence[Trial]) -> str | None:
    answers = {answer for _, answer in trials}
    if answers == {True}:
        return "is true whatever the facts are"
    return "is never true, whatever the facts are" if answers == {False} else None


def _without_effect(facts: Sequence[Fact], trials: Sequence[Trial]) -> str | None:
    for index, fact in enumerate(facts):
        answers: dict[tuple[FactValue, ...], set[bool]] = {}
        for combination, answer in trials:
            answers.setdefault(combination[:index] + combination[index + 1 :], set()).add(answer)
        if all(len(found) == 1 for found in answers.values()):
            return f"gives the same answer whatever {fact.name} is; compare it with a {_kind(fact)}"
    return None


def _kind(fact: Fact) -> str:
    if fact.type == "choice":
        return "text out of " + ", ".join(fact.choices)
    return {"bool": "true or false", "int": "whole number", "float": "number"}[fact.type]
