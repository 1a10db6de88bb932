"""A stored screening beside the same facts decided again: what is different, in words."""

from collections.abc import Iterator

from services.intake.domain.screening import Decision, Finding, ModalityDecision


def differences(stored: Decision, again: Decision) -> tuple[str, ...]:
    """Empty when both say the same for the same reasons; facts and rules are the same by how `again` is made."""
    then, now = ({one.modality: one for one in decision.modalities} for decision in (stored, again))
    missing = [f"{modality}: decided only then" for modality in sorted(then.keys() - now.keys())]
    added = [f"{modality}: decided only now" for modality in sorted(now.keys() - then.keys())]
    both = [line for modality in sorted(then.keys() & now.keys()) for line in _between(then[modality], now[modality])]
    return (*missing, *added, *both)


def _between(then: ModalityDecision, now: ModalityDecision) -> Iterator[str]:
    if then.outcome is not now.outcome:
        yield f"{then.modality}: {then.outcome} then, {now.outcome} now"
    before, after = ({finding.rule_id: _said(finding) for finding in one.findings} for one in (then, now))
    for rule_id in sorted(before.keys() | after.keys()):
        if before.get(rule_id) != after.get(rule_id):
            yield f"{then.modality} {rule_id}: {before.get(rule_id, 'passed')} then, {after.get(rule_id, 'passed')} now"


def _said(finding: Finding) -> str:
    return f"{finding.reason_code} {finding.outcome}"
