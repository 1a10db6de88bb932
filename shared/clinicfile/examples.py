"""Examples that rule files carry: facts of somebody, and what all rules together make of them for each modality.

Those of an included file are tried on its own rules and parameters as declared there, those of a clinic file on
everything by which the clinic decides.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from shared.clinicfile.facts import VOCABULARY, FactValue
from shared.clinicfile.inforce import in_numbers
from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.ruleset import ExpectedOutcome, Parameter, Rule, RuleSetExample
from shared.events.parts import Modality, Outcome
from shared.rules import CompiledRules, Verdict


def outcome_of(rule: Rule, verdict: Verdict, modality: Modality) -> Outcome | None:
    """What a rule makes of a modality, None for nothing. Undecided, it is never milder than NEEDS_REVIEW whatever the
    file says (A.1); one that only informs (ELIGIBLE, as MED-05) has to know to say something."""
    outcome = rule.outcome.get(modality)
    if outcome is None or verdict is Verdict.PASSED:
        return None
    if verdict is Verdict.FIRED:
        return outcome
    if outcome is Outcome.ELIGIBLE:
        return None
    return max(rule.unknown, Outcome.NEEDS_REVIEW, key=lambda one: one.severity)


def check_examples(examples: Sequence[RuleSetExample], rules: Sequence[Rule], at: Path = ("examples",)) -> list[Issue]:
    """Every example that does not hold by the rules, which are in force: nothing but facts and numbers in them."""
    compiled, known, issues = CompiledRules(rules), dict[str, dict[str, FactValue]](), list[Issue]()
    for index, example in enumerate(examples):
        place = (*at, index)
        wrong = [*_wrong_id(example, known, place), *_wrong_facts(example, place)]
        known[example.id] = {
            name: value for name, value in {**known.get(example.like or "", {}), **example.facts}.items()
            if name not in example.unknown
        }  # fmt: skip
        issues += wrong or _wrong_outcomes(example, rules, compiled, known[example.id], place)
    return issues


def declared(rules: Sequence[Rule], parameters: Sequence[Parameter]) -> list[Rule]:
    """The rules with every parameter as it is declared."""
    values = {parameter.id: parameter.value for parameter in parameters}
    return [in_numbers(rule, values) for rule in rules]


def _wrong_id(example: RuleSetExample, known: Mapping[str, Any], at: Path) -> Iterator[Issue]:
    if example.id in known:
        yield Issue((*at, "id"), f"is {example.id}, as that of another example is", "give it an id of its own")
    if example.like is not None and example.like not in known:
        yield Issue((*at, "like"), f"is {example.like}, which is no earlier example", "name one, or leave it out")


def _wrong_facts(example: RuleSetExample, at: Path) -> Iterator[Issue]:
    for name, value in example.facts.items():
        if name not in VOCABULARY:
            yield Issue((*at, "facts", name), f"of {example.id} is no known fact", "use a fact of docs/facts.md")
        elif not VOCABULARY[name].accepts(value):
            mend = f"write a {VOCABULARY[name].type} in its range"
            yield Issue((*at, "facts", name), f"of {example.id} cannot be {value!r}", mend)


def _wrong_outcomes(
    example: RuleSetExample, rules: Sequence[Rule], compiled: CompiledRules, facts: Mapping[str, FactValue], at: Path
) -> list[Issue]:
    verdicts = {result.rule_id: result.verdict for result in compiled.evaluate(facts)}
    return [
        issue
        for modality, expected in example.expect.items()
        for issue in _compared(example.id, modality, expected, rules, verdicts, (*at, "expect", modality))
    ]


def _compared(
    name: str, modality: Modality, expected: ExpectedOutcome, rules: Sequence[Rule], verdicts: Mapping[str, Verdict],
    at: Path,
) -> Iterator[Issue]:  # fmt: skip
    said = {rule.id: outcome for rule in rules if (outcome := outcome_of(rule, verdicts[rule.id], modality))}
    worst = max(said.values(), key=lambda one: one.severity, default=Outcome.ELIGIBLE)
    if worst is not expected.outcome:
        by = ", ".join(rule_id for rule_id, outcome in said.items() if outcome is worst) or "every rule passes"
        yield Issue((*at, "outcome"), f"of {name} is {expected.outcome}, but comes to {worst} ({by})", _MEND)
    for field, wanted, verdict in (
        ("fired", expected.fired, Verdict.FIRED), ("open", expected.open, Verdict.INCOMPLETE)
    ):  # fmt: skip
        found = {rule_id for rule_id in said if verdicts[rule_id] is verdict}
        yield from (Issue((*at, field), f"of {name} {wrong}", _MEND) for wrong in _differing(wanted, found, verdicts))


_MEND = "mend rule or example"
_SAYS = {Verdict.FIRED: "fires", Verdict.PASSED: "passes", Verdict.INCOMPLETE: "is left open"}


def _differing(wanted: Collection[str], found: set[str], verdicts: Mapping[str, Verdict]) -> Iterator[str]:
    for rule_id in sorted({*wanted} - found):
        if rule_id not in verdicts:
            yield f"names {rule_id}, which is no rule here"
        else:
            yield f"names {rule_id}, which {_SAYS[verdicts[rule_id]]} or does not concern it"
    yield from (f"lacks {rule_id}, which {_SAYS[verdicts[rule_id]]}" for rule_id in sorted(found - {*wanted}))
