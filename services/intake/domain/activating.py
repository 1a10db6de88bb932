"""Whether rules that come into force can change a decision, from the decision alone; else everything is looked at.
Whether the file asks something else at intake."""

from services.intake.domain.comparing import same_findings
from services.intake.domain.lasting import GROWING
from services.intake.domain.screening import Decision, screen
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule


def may_be_told(before: ClinicFile, after: ClinicFile) -> bool:
    """Whether old decisions can tell at all what the new rules make of them: not when a rule that counts days or years
    decides otherwise, or the ages that count are others."""
    turned = _others(before, after)
    return before.screening == after.screening and not any(GROWING.intersection(rule.needs) for rule in turned)


def asks_otherwise(before: ClinicFile, after: ClinicFile) -> bool:
    """Whether something else may be asked at intake: by the lists, or since a protocol is for something else."""
    return _asked_at_intake(before) != _asked_at_intake(after)


def _asked_at_intake(file: ClinicFile) -> object:
    policy = file.assessments
    lists = {track: asked.at_intake for track, asked in policy.tracks.items()}
    return lists, policy.safety.at_intake, {one.id: one.indications for one in file.protocols}


def comes_to_the_same(decision: Decision, after: ClinicFile, rule_set_hash: str) -> bool:
    """Decided again under the new rules from the facts that are kept, as they were then.

    Facts that the old rules did not need are unknown here, and what depends on them is not the same.
    """
    again = screen(after, rule_set_hash, decision.facts, decision.screened_at)
    return same_findings(_unconditional(again), _unconditional(decision))


def _others(before: ClinicFile, after: ClinicFile) -> list[Rule]:
    """Rules that were added, taken out, or decide otherwise; how they are worded does not count."""
    old, new = ({rule.id: rule for rule in file.rules_in_force} for file in (before, after))
    turned = [name for name in old.keys() | new.keys() if _decides(old.get(name)) != _decides(new.get(name))]
    return [rules[name] for name in turned for rules in (old, new) if name in rules]


def _decides(rule: Rule | None) -> Rule | None:
    return rule and rule.model_copy(update={"reason": "", "patient_reason": "", "examples": ()})


def _unconditional(decision: Decision) -> Decision:
    return decision.model_copy(update={"conditions": ()})
