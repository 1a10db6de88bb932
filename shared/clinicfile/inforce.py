"""From rules as they are written to those by which a clinic decides: changes made, every parameter a number."""

import re
from collections.abc import Mapping, Sequence

from shared.clinicfile.ruleset import Parameter, Rule, RuleChange

Number = int | float
MadeOf = tuple[tuple[Rule, ...], tuple[Parameter, ...], tuple[RuleChange, ...]]

_MOST_KEPT = 256
_kept: dict[tuple[int, ...], tuple[MadeOf, tuple[Rule, ...]]] = {}  # by identity: a decision has no time to do it anew


def rules_in_force(
    rules: tuple[Rule, ...], parameters: tuple[Parameter, ...], changes: tuple[RuleChange, ...]
) -> tuple[Rule, ...]:
    """The rules that are not removed, in their order, with their changed outcomes and nothing but facts and numbers."""
    made_of = (rules, parameters, changes)
    key = tuple(map(id, made_of))
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        values = moved(parameters, changes)
        _kept[key] = (made_of, tuple(in_numbers(rule, values) for rule in changed_rules(rules, changes)))
    return _kept[key][1]


def moved(parameters: Sequence[Parameter], changes: Sequence[RuleChange]) -> dict[str, Number]:
    """What each parameter is at this clinic."""
    declared = {parameter.id: parameter.value for parameter in parameters}
    return declared | {
        change.parameter: change.value for change in changes if change.parameter and change.value is not None
    }


def changed_rules(rules: Sequence[Rule], changes: Sequence[RuleChange]) -> list[Rule]:
    """The rules as the clinic changes them, parameters still by name."""
    by_rule = {change.rule: change for change in changes if change.rule}
    return [_changed(rule, by_rule.get(rule.id)) for rule in rules if not _removed(by_rule.get(rule.id))]


def _removed(change: RuleChange | None) -> bool:
    return change is not None and change.removed


def _changed(rule: Rule, change: RuleChange | None) -> Rule:
    if change is None or not (change.outcome or change.unknown):
        return rule
    return rule.model_copy(
        update={"outcome": {**rule.outcome, **change.outcome}, "unknown": change.unknown or rule.unknown}
    )


def in_numbers(rule: Rule, values: Mapping[str, Number]) -> Rule:
    """The rule with the value of each of its parameters instead of the name. Raises KeyError for one without."""
    if not rule.parameters and rule.recheck_after_parameter is None:
        return rule
    named = {name: values[name] for name in rule.parameters}
    days = values[rule.recheck_after_parameter] if rule.recheck_after_parameter else rule.recheck_after_days
    return rule.model_copy(
        update={
            "when": _expression(rule.when, named),
            "reason": _text(rule.reason, named),
            "patient_reason": _text(rule.patient_reason, named),
            "parameters": (),
            "recheck_after_days": None if days is None else int(days),
            "recheck_after_parameter": None,
        }
    )


def _expression(when: str, named: Mapping[str, Number]) -> str:
    """Words in quotes are texts, and stay."""
    return re.sub(r"'[^']*'|[A-Za-z_]\w*", lambda hit: _number(named, hit.group()), when)


def _text(text: str, named: Mapping[str, Number]) -> str:
    return re.sub(r"\{(\w+)\}", lambda hit: _number(named, hit.group(1), hit.group()), text)


def _number(named: Mapping[str, Number], name: str, otherwise: str | None = None) -> str:
    return f"{named[name]}" if name in named else otherwise or name
