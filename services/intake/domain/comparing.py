"""Two decisions about one patient side by side: do they say the same, and did it get worse?"""

from services.intake.domain.screening import Decision


def same_decision(decision: Decision, other: Decision) -> bool:
    """Whether two decisions say the same for the same reasons; when, how old and by which rule set does not count."""
    return _substance(decision) == _substance(other)


def same_findings(decision: Decision, other: Decision) -> bool:
    """Whether two decisions come to the same by the same rules; a count of days, and the rule set's name, may differ.

    So time, or another rule set, says something only to whom it changes something.
    """
    return _outcomes(decision) == _outcomes(other)


def _outcomes(decision: Decision) -> object:
    found = [
        (m.modality, m.outcome, [(f.rule_id, f.reason_code, f.outcome) for f in m.findings])
        for m in decision.modalities
    ]
    return found, sorted((c.rule_id, c.code) for c in decision.conditions if c.lapsed)


def got_worse(decision: Decision, before: Decision) -> bool:
    """Whether a modality came to a more severe outcome than before."""
    earlier = {m.modality: m.outcome.severity for m in before.modalities}
    return any(m.outcome.severity > earlier.get(m.modality, m.outcome.severity) for m in decision.modalities)


def _substance(decision: Decision) -> list[object]:
    return [
        (
            m.modality,
            m.outcome,
            [(f.rule_id, f.reason_code, f.outcome, f.evidence, f.open_questions) for f in m.findings],
        )
        for m in decision.modalities
    ]
