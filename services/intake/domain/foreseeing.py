"""What rules that are not in force yet would make of a decision: by modality, with the rules that come and go."""

from collections.abc import Iterator
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.intake.domain.screening import Decision, ModalityDecision
from shared.events.parts import Modality, Outcome


class RuleSaid(BaseModel):
    """A rule that fires or is left open, and with which outcome."""

    model_config = ConfigDict(frozen=True)

    rule_id: str
    reason_code: Literal["FIRED", "INCOMPLETE"]
    outcome: Outcome


class ForeseenChange(BaseModel):
    """A modality that would be decided otherwise. `before` or `after` is None where it was, or will be, not offered.

    `came` and `went`: findings that are there only afterwards, or only before; the outcomes may be the same.
    """

    model_config = ConfigDict(frozen=True)

    modality: Modality
    before: Outcome | None
    after: Outcome | None
    came: tuple[RuleSaid, ...]
    went: tuple[RuleSaid, ...]


def foreseen(before: Decision, after: Decision) -> tuple[ForeseenChange, ...]:
    """Every modality in which the two decisions differ by outcome or findings."""
    return tuple(_changes(before, after))


def _changes(before: Decision, after: Decision) -> Iterator[ForeseenChange]:
    for modality in sorted({one.modality for decision in (before, after) for one in decision.modalities}):
        then, now = before.of(modality), after.of(modality)
        came, went = _said(now) - _said(then), _said(then) - _said(now)
        if came or went or then is None or now is None or then.outcome is not now.outcome:
            yield ForeseenChange(
                modality=modality, before=then.outcome if then else None, after=now.outcome if now else None,
                came=_sorted(came), went=_sorted(went),
            )  # fmt: skip


def _said(decision: ModalityDecision | None) -> set[RuleSaid]:
    findings = decision.findings if decision else ()
    return {RuleSaid(rule_id=f.rule_id, reason_code=f.reason_code, outcome=f.outcome) for f in findings}


def _sorted(found: set[RuleSaid]) -> tuple[RuleSaid, ...]:
    return tuple(sorted(found, key=lambda one: one.rule_id))
