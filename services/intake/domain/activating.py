"""Whether rules that come into force can change a decision, from the decision alone; else everything is looked at."""

from services.intake.domain.comparing import same_findings
from services.intake.domain.lasting import GROWING
from services.intake.domain.screening import Decision, screen
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule


def comes_to_the_same(decision: Decision, before: ClinicFile, after: ClinicFile, rule_set_hash: str) -> bool:
    """Decided again under the new rules from the facts that are kept, as they were then.

    False when that cannot tell: a rule that counts days or years is another one, or the ages that count are; facts that
    the old rules did not need are unknown here, and what depends on them is not the same.
    """
    if before.screening != after.screening or any(GROWING.intersection(rule.needs) for rule in _others(before, after)):
        return False
    again = screen(after, rule_set_hash, decision.facts, decision.screened_at)
    return same_findings(_unconditional(again), _unconditional(decision))


def _others(before: ClinicFile, after: ClinicFile) -> list[Rule]:
    """Rules that were added, taken out or changed."""
    old, new = ({rule.id: rule for rule in file.rules_in_force} for file in (before, after))
    turned = [name for name in old.keys() | new.keys() if old.get(name) != new.get(name)]
    return [rules[name] for name in turned for rules in (old, new) if name in rules]


def _unconditional(decision: Decision) -> Decision:
    return decision.model_copy(update={"conditions": ()})
