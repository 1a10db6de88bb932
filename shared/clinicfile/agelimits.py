"""Ages that the rules compare with and that orders, consents and the day itself look at too: one number, which stands
in the rules."""

from collections.abc import Iterator, Mapping, Sequence
from typing import TypeVar

from shared.clinicfile.inforce import moved
from shared.clinicfile.issues import Issue
from shared.clinicfile.policies import FilePart
from shared.clinicfile.ruleset import Parameter, RuleChange

P = TypeVar("P", bound=FilePart)

SAID_BY_RULES: Mapping[str, Mapping[str, str]] = {
    "screening": {"weight_max_age_days": "weight_days", "consent_valid_days": "consent_days"},
    "day_of": {"pregnancy_test_days": "pregnancy_test_days"},
}
"""Section of the file -> its days -> the parameter of the rules that says the same."""


def as_the_rules_say(section: str, policy: P, parameters: Sequence[Parameter], changes: Sequence[RuleChange]) -> P:
    """The section with what it leaves out, in whole days."""
    said = moved(parameters, changes)
    left_out = {field: name for field, name in SAID_BY_RULES[section].items() if field not in policy.model_fields_set}
    return policy.model_copy(update={field: int(said[name]) for field, name in left_out.items() if name in said})


def check_age_limits(
    section: str, policy: FilePart, parameters: Sequence[Parameter], changes: Sequence[RuleChange]
) -> Iterator[Issue]:
    """What stands in both places is the same."""
    said = moved(parameters, changes)
    for field, name in SAID_BY_RULES[section].items():
        written = getattr(policy, field)
        if name in said and written != int(said[name]):
            yield Issue(
                (section, field), f"is {written}, but the rules say {said[name]:g} ({name})",
                f"leave it out, and move {name} in rule_changes if the rules are to say something else",
            )  # fmt: skip
