"""Checks of the rules of a clinic file beyond their shape: facts, types, parameters, examples."""

import re
from collections.abc import Iterator, Mapping

from shared.clinicfile.expression import NotAllowed, Token, facts_in, numbers_in, tokens, unknown_choices
from shared.clinicfile.facts import VOCABULARY
from shared.clinicfile.inforce import in_numbers
from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.probe import trouble
from shared.clinicfile.ruleset import Parameter, Rule, RuleExample
from shared.rules import CompiledRules, Verdict, compiled

_EXPECTED = {"PASS": Verdict.PASSED, "INCOMPLETE": Verdict.INCOMPLETE}
_SAYS = {Verdict.FIRED: "fires", Verdict.PASSED: "passes", Verdict.INCOMPLETE: "is incomplete"}
_KNOWN = "use a fact of the vocabulary in shared/clinicfile/facts.py"


def check_rule(rule: Rule, at: Path, parameters: Mapping[str, Parameter] = {}) -> list[Issue]:
    """Every mistake of one rule with the parameters as declared, each by the rule's id; `at` is its path. Examples are
    tried only when the expression is sound."""
    return [_named(issue, rule.id) for issue in _mistakes(rule, at, parameters)]


def _named(issue: Issue, rule_id: str) -> Issue:
    return issue if rule_id in issue.message else Issue(issue.path, f"of {rule_id} {issue.message}", issue.mend)


def _mistakes(rule: Rule, at: Path, parameters: Mapping[str, Parameter]) -> list[Issue]:
    unused = list(_unused(rule, at))
    if issues := list(_parameters(rule, at, parameters)):
        return issues
    rule, when = in_numbers(rule, {name: one.value for name, one in parameters.items()}), (*at, "when")
    try:
        found = tokens(rule.when)
        compiled(rule.when)
    except NotAllowed as refused:
        return [Issue(when, str(refused), "write it with facts, comparisons, in, &&, ||, ! and literals")]
    except ValueError as error:
        return [Issue(when, f"is not a CEL expression: {_first_line(error)}", "mend its syntax")]
    issues = [*unused, *_facts(rule, found, at), *_literals(rule, found, at), *_recheck(rule, at)]
    if not issues and (wrong := trouble(rule.when, [VOCABULARY[n] for n in facts_in(found)], numbers_in(found))):
        issues.append(Issue(when, wrong, "mend the expression"))
    if not rule.outcome:
        issues.append(Issue((*at, "outcome"), "is empty", "give an outcome for at least one modality"))
    return issues or list(_examples(rule, at))


def check_parameter(parameter: Parameter, at: Path) -> Iterator[Issue]:
    """A name that is no fact's, too."""
    if parameter.id in VOCABULARY:
        yield Issue((*at, "id"), f"is {parameter.id}, which is a fact", "give it a name of its own")


def check_moved(rule: Rule, at: Path) -> Iterator[Issue]:
    """A rule in force, of which a parameter was moved at `at`, can still fire and pass."""
    found = tokens(rule.when)
    if wrong := trouble(rule.when, [VOCABULARY[name] for name in facts_in(found)], numbers_in(found)):
        yield Issue(at, f"spoils {rule.id}, which then {wrong}", "choose another value")


def _parameters(rule: Rule, at: Path, known: Mapping[str, Parameter]) -> Iterator[Issue]:
    for index, name in enumerate(rule.parameters):
        if name not in known:
            yield Issue((*at, "parameters", index), f"is {name}, which no rule file declares", "declare it")
    days = rule.recheck_after_parameter
    if days is None:
        return
    if days not in known or not isinstance(known[days].value, int) or known[days].value < 1:
        yield Issue((*at, "recheck_after_parameter"), "is no parameter of whole days", "use one that is declared")
    if rule.recheck_after_days is not None:
        yield Issue((*at, "recheck_after_days"), "stands beside recheck_after_parameter", "keep one of them")


def _unused(rule: Rule, at: Path) -> Iterator[Issue]:
    for index, name in enumerate(rule.parameters):
        if not re.search(rf"\b{name}\b", rule.when):
            yield Issue((*at, "parameters", index), f"is {name}, which when does not use", "leave it out")


def _first_line(error: ValueError) -> str:
    return str(error).splitlines()[0].split("Syntax error: ")[-1][:120]


def _facts(rule: Rule, found: list[Token], at: Path) -> Iterator[Issue]:
    used = facts_in(found)
    for name in used:
        if name not in VOCABULARY:
            yield Issue((*at, "when"), f"uses {name}, which is no known fact", _KNOWN)
    if tuple(sorted(rule.needs)) != used:
        yield Issue((*at, "needs"), "does not list the facts that when uses", f"write [{', '.join(used)}]")


def _literals(rule: Rule, found: list[Token], at: Path) -> Iterator[Issue]:
    facts = {name: VOCABULARY[name] for name in facts_in(found) if name in VOCABULARY}
    for text in unknown_choices(found, facts):
        yield Issue((*at, "when"), f"compares with {text}, which no fact of it can be", _KNOWN)


def _recheck(rule: Rule, at: Path) -> Iterator[Issue]:
    name = rule.recheck_counts_from
    if name is None:
        return
    if rule.recheck_after_days is None or name not in rule.needs or VOCABULARY[name].unit != "days":
        yield Issue(
            (*at, "recheck_counts_from"), "is no fact of this rule in days", "use one, beside recheck_after_days"
        )


def _examples(rule: Rule, at: Path) -> Iterator[Issue]:
    for index, example in enumerate(rule.examples):
        place = (*at, "examples", index)
        wrong = list(_wrong_facts(rule, example, place))
        yield from wrong or _wrong_outcome(rule, example, place)


def _wrong_facts(rule: Rule, example: RuleExample, at: Path) -> Iterator[Issue]:
    for name, value in example.facts.items():
        place = (*at, "facts", name)
        if name not in rule.needs:
            yield Issue(place, f"is no fact of {rule.id}", f"use {', '.join(rule.needs)}")
        elif not VOCABULARY[name].accepts(value):
            yield Issue(place, f"cannot be {value!r}", f"write a {VOCABULARY[name].type} in its range")


def _wrong_outcome(rule: Rule, example: RuleExample, at: Path) -> Iterator[Issue]:
    verdict = CompiledRules([rule]).evaluate(example.facts)[0].verdict
    expected = _EXPECTED.get(example.outcome, Verdict.FIRED)
    if verdict is not expected:
        yield Issue((*at, "outcome"), f"is {example.outcome}, but {rule.id} {_SAYS[verdict]}", "mend rule or example")
    elif expected is Verdict.FIRED and example.outcome not in rule.outcome.values():
        yield Issue((*at, "outcome"), f"is {example.outcome}, which {rule.id} never gives", "use one of its outcomes")
