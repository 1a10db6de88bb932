"""What a clinic file makes looser than the shipped rules, and whether somebody answers for it (design, section 6).

Free are: more rules, a more severe outcome, a parameter moved in its strict direction, other words and examples.
Everything else is looser: a rule that is missing, milder or written otherwise, a parameter moved the other way.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from shared.clinicfile.expression import tokens
from shared.clinicfile.inforce import changed_rules, moved
from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Parameter, Rule, RuleChange
from shared.clinicfile.shipped import shipped_rules

_APPROVE = "or let a director approve it: a change with approval: {approved_by, approved_on, why}"
_RISKS = (None, "LOW", "MODERATE", "HIGH")
_AS_SHIPPED = ("recheck_after_days", "recheck_after_parameter", "recheck_counts_from", "evidence")


class Looser(NamedTuple):
    """One thing that is looser: of which parameter or rule, where, how (continues the field's name), how to mend it."""

    of: str
    path: Path
    message: str
    mend: str


def check_looser(file: ClinicFile) -> Iterator[Issue]:
    """Everything looser that nobody answers for, and changes that are none or name what is not there."""
    yield from _unknown(file)
    found = {looser.of: looser for looser in (*_parameters(file), *_rules(file))}
    approved = {_of(change) for change in file.rule_changes if change.approval}
    for looser in found.values():
        if looser.of not in approved:
            yield Issue(looser.path, looser.message, f"{looser.mend}, {_APPROVE}")
    for index, change in enumerate(file.rule_changes):
        if change.approval and _of(change) not in found:
            at: Path = ("rule_changes", index, "approval")
            yield Issue(at, f"is about {_of(change)}, which is not looser than shipped", "leave the approval out")


def check_approval_days(file: ClinicFile, now: datetime) -> Iterator[Issue]:
    """Nobody has approved anything on a day that is still to come, as the clinic's calendar has it."""
    today = now.astimezone(ZoneInfo(file.zone)).date()
    for index, change in enumerate(file.rule_changes):
        if change.approval and change.approval.approved_on > today:
            at: Path = ("rule_changes", index, "approval", "approved_on")
            message = f"is {change.approval.approved_on}, which is still to come: at the clinic it is {today}"
            yield Issue(at, message, f"write the day on which {_of(change)} was approved")


def _of(change: RuleChange) -> str:
    return str(change.parameter or change.rule)


def _unknown(file: ClinicFile) -> Iterator[Issue]:
    """A change names what the file, or the shipped rule set, has; each once; and it changes something."""
    parameters = sorted(parameter.id for parameter in file.parameters)
    rules = {rule.id for rule in file.rules}
    shipped = {rule.id for rule in shipped_rules().rules}
    seen: set[str] = set()
    for index, change in enumerate(file.rule_changes):
        at: Path = ("rule_changes", index)
        if change.parameter is not None and change.parameter not in parameters:
            mend = f"use one of {', '.join(parameters)}"
            yield Issue((*at, "parameter"), f"is {change.parameter}, which no rule file declares", mend)
        if change.rule is not None and change.rule not in rules | (shipped if change.removed else set()):
            yield Issue((*at, "rule"), f"is {change.rule}, which is no rule of this file", "correct or remove it")
        if _of(change) in seen:
            yield Issue(at, f"is about {_of(change)}, as another one is", "write one change for each")
        if change.rule and not (change.removed or change.outcome or change.unknown or change.approval):
            yield Issue(at, f"changes nothing of {change.rule}", "say what, or leave it out")
        seen.add(_of(change))


def _parameters(file: ClinicFile) -> Iterator[Looser]:
    values = moved(file.parameters, file.rule_changes)
    for shipped in shipped_rules().parameters:
        value = values.get(shipped.id)
        if value is not None and shipped.looser(value):
            users = ", ".join(rule.id for rule in shipped_rules().rules if _uses(rule, shipped))
            message = f"is {value:g}, which makes {users} looser: {shipped.id} is {shipped.value:g} as shipped"
            mend = f"move it no {'higher' if shipped.stricter == 'lower' else 'lower'} than that"
            yield Looser(shipped.id, _place_of_value(file, shipped.id), message, mend)


def _uses(rule: Rule, parameter: Parameter) -> bool:
    return parameter.id in (*rule.parameters, rule.recheck_after_parameter)


def _place_of_value(file: ClinicFile, name: str) -> Path:
    for index, change in enumerate(file.rule_changes):
        if change.parameter == name:
            return ("rule_changes", index, "value")
    return ("parameters", next(i for i, parameter in enumerate(file.parameters) if parameter.id == name), "value")


def _rules(file: ClinicFile) -> Iterator[Looser]:
    places = {rule.id: ("rules", index) for index, rule in enumerate(file.rules)}
    changes = {change.rule: ("rule_changes", index) for index, change in enumerate(file.rule_changes) if change.rule}
    here = {rule.id: rule for rule in changed_rules(file.rules, file.rule_changes)}
    declared = {parameter.id for parameter in file.parameters}
    for shipped in shipped_rules().rules:
        at = changes.get(shipped.id) or places.get(shipped.id) or ("rules",)
        if shipped.id not in here:
            yield Looser(shipped.id, at, f"takes {shipped.id} out, which is shipped", f"keep {shipped.id}")
        elif how := "; ".join(_milder(shipped, here[shipped.id], declared)):
            yield Looser(shipped.id, at, f"is looser than {shipped.id} as shipped: {how}", "make it as strict again")


def _milder(shipped: Rule, rule: Rule, declared: set[str]) -> Iterator[str]:
    for modality, outcome in shipped.outcome.items():
        if (found := rule.outcome.get(modality)) is None or found.severity < outcome.severity:
            yield f"{modality} is {found or 'left out'} instead of {outcome}"
    if rule.unknown.severity < shipped.unknown.severity:
        yield f"unknown is {rule.unknown} instead of {shipped.unknown}"
    if _RISKS.index(rule.concern) < _RISKS.index(shipped.concern):
        yield f"concern is {rule.concern or 'left out'} instead of {shipped.concern}"
    if missing := [action for action in shipped.actions if action not in rule.actions]:
        yield f"actions lack {', '.join(missing)}"
    if tokens(rule.when) != tokens(shipped.when) or not {*shipped.parameters} <= declared:
        yield f"when is another expression than {' '.join(shipped.when.split())}"
    for field in _AS_SHIPPED:
        if getattr(rule, field) != getattr(shipped, field):
            yield f"{field} is another one"


def described(change: RuleChange) -> str:
    """What a change does, in a few words, beside what is shipped."""
    if change.parameter is not None:
        shipped = next((one.value for one in shipped_rules().parameters if one.id == change.parameter), None)
        return f"{change.parameter} is {change.value:g}" + ("" if shipped is None else f" instead of {shipped:g}")
    if change.removed:
        return f"{change.rule} is taken out"
    outcomes = ", ".join(f"{modality} {outcome}" for modality, outcome in change.outcome.items())
    return f"{change.rule} gives {outcomes}" if outcomes else f"{change.rule} is another rule than the shipped one"
