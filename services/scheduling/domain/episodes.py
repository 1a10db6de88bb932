"""One episode is one alert: findings of one kind join while nobody has acknowledged the first (domain C.4)."""

from collections.abc import Iterable

from services.scheduling.domain.alerts import Finding, Level

_PRESSURE = frozenset({"AL-02", "AL-03"})
_EACH_ITS_OWN = frozenset({"AL-08", "AL-09", "AL-10", "AL-11"})


def episode_of(finding: Finding) -> str:
    """The kind of episode that a finding belongs to.

    A pressure that alarms is one, warning or critical; one that holds the dose is another. Of signs, and of missed
    measurements, each is its own: chest pain does not wait behind anaphylaxis.
    """
    if finding.rule_id in _PRESSURE:
        return "pressure"
    return f"{finding.rule_id} {finding.finding}" if finding.rule_id in _EACH_ITS_OWN else finding.rule_id


def severity(finding: Finding) -> int:
    """The place of its level, from mild to severe."""
    return list(Level).index(finding.level)


def rises(known: Finding, seen: Finding) -> bool:
    """Whether a finding is worse than an episode was so far."""
    return severity(seen) > severity(known)


def worst(findings: Iterable[Finding]) -> Finding | None:
    """The most severe of them, the earliest of equals."""
    return max(findings, key=severity, default=None)
