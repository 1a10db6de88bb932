"""A clinician's review of a screening: what is cleared, what is awaited, what is overridden by whom (domain A.1).

ELIGIBLE is confirmed. NEEDS_REVIEW is cleared with a reason. DEFERRED and INELIGIBLE are overridden: every finding of
that gravity is named, with a reason, and INELIGIBLE waits for a second clinician. EMERGENCY is never cleared: its
safety concern is resolved and what is true then is screened anew.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.intake.domain.screening import Decision, Finding, ModalityDecision
from shared.events.parts import Modality, Outcome
from shared.events.prescribing import AwaitedEvidence, ClearanceCondition, ReviewSummary

OVERRIDABLE = (Outcome.DEFERRED, Outcome.INELIGIBLE)


class Evidence(BaseModel):
    """What a clinician wants to see before deciding about some modalities, and until when: DEFERRED so long."""

    model_config = ConfigDict(frozen=True)

    code: str
    modalities: tuple[Modality, ...]
    due_at: datetime


class Condition(BaseModel):
    """What must be so by `until`, and who sees to it; afterwards the clearance of the modalities holds no longer."""

    model_config = ConfigDict(frozen=True)

    code: str
    text: str
    owner: str
    until: datetime
    modalities: tuple[Modality, ...]


class Review(BaseModel):
    """What the clinician decided.

    `overridden` are cleared although DEFERRED or INELIGIBLE; `pending` will be, once a second clinician confirms it.
    `documents` are those that were looked at. `first_clinician` is the subject of who asked for what the second one
    confirmed.
    """

    model_config = ConfigDict(frozen=True)

    cleared: tuple[Modality, ...]
    overridden_rule_ids: tuple[str, ...]
    reason_code: str | None = None
    note: str | None = None
    overridden: tuple[Modality, ...] = ()
    pending: tuple[Modality, ...] = ()
    evidence: tuple[Evidence, ...] = ()
    conditions: tuple[Condition, ...] = ()
    documents: tuple[UUID, ...] = ()
    first_clinician: str | None = None

    def summary(self) -> ReviewSummary:
        return ReviewSummary(
            cleared=self.cleared,
            overridden_rule_ids=self.overridden_rule_ids,
            overridden=self.overridden,
            pending=self.pending,
            evidence=tuple(AwaitedEvidence(code=e.code, due_at=e.due_at) for e in self.evidence),
            conditions=tuple(
                ClearanceCondition(code=c.code, until=c.until, modalities=c.modalities) for c in self.conditions
            ),
        )

    def conditions_of(self, modality: Modality) -> Iterator[Condition]:
        return (condition for condition in self.conditions if modality in condition.modalities)

    def awaits_evidence(self, modality: Modality) -> bool:
        return any(modality in evidence.modalities for evidence in self.evidence)


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the clinician asks for, as it was sent. A condition without modalities concerns all that are cleared."""

    cleared: Sequence[Modality]
    overridden_rule_ids: Sequence[str] = ()
    reason_code: str | None = None
    note: str | None = None
    evidence: Sequence[Evidence] = ()
    conditions: Sequence[Condition] = ()


@dataclass(frozen=True, slots=True)
class Flaw:
    """One reason why the judgement cannot stand: the field at fault, a code, and what it is about."""

    pointer: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(eq=False)
class CannotClear(Exception):
    """The review may not be kept as asked; every reason at once."""

    flaws: tuple[Flaw, ...]


def review(decision: Decision, judgement: Judgement, at: datetime, never: Iterable[str] = ()) -> Review:
    """The review of a decision. Rules in `never` are overridden by nobody. Raises CannotClear with every reason."""
    flaws = tuple(_flaws(decision, judgement, at, frozenset(never)))
    if flaws:
        raise CannotClear(flaws)
    cleared = sorted(set(judgement.cleared))
    outcomes = {modality: _of(decision, modality).outcome for modality in cleared}
    pending = tuple(m for m in cleared if outcomes[m] is Outcome.INELIGIBLE)
    return Review(
        cleared=tuple(m for m in cleared if m not in pending),
        overridden_rule_ids=tuple(sorted({f.rule_id for m in cleared for f in _of(decision, m).against})),
        reason_code=judgement.reason_code,
        note=judgement.note,
        overridden=tuple(m for m in cleared if outcomes[m] is Outcome.DEFERRED),
        pending=pending,
        evidence=tuple(judgement.evidence),
        conditions=tuple(c if c.modalities else c.model_copy(update={"modalities": tuple(cleared)})
                         for c in judgement.conditions),
    )  # fmt: skip


def confirmed(first: Review, by: str) -> Review:
    """The review that the second clinician's word makes of the first one's, who is called `by`."""
    return first.model_copy(
        update={
            "cleared": tuple(sorted({*first.cleared, *first.pending})),
            "overridden": tuple(sorted({*first.overridden, *first.pending})),
            "pending": (),
            "first_clinician": by,
        }
    )


def _of(decision: Decision, modality: Modality) -> ModalityDecision:
    found = decision.of(modality)
    if found is None:
        raise LookupError(modality)
    return found


def _flaws(decision: Decision, judgement: Judgement, at: datetime, never: frozenset[str]) -> Iterator[Flaw]:
    for n, modality in enumerate(judgement.cleared):
        yield from _clearing(decision.of(modality), judgement, never, f"/cleared/{n}")
        if any(modality in evidence.modalities for evidence in judgement.evidence):
            yield Flaw(f"/cleared/{n}", "EVIDENCE_ASKED")
    yield from _naming(decision, judgement)
    for n, evidence in enumerate(judgement.evidence):
        yield from _of_modalities(evidence.modalities, {m.modality for m in decision.modalities}, f"/evidence/{n}")
        yield from _ahead(evidence.due_at, at, f"/evidence/{n}/due_at")
    for n, condition in enumerate(judgement.conditions):
        yield from _of_modalities(condition.modalities, set(judgement.cleared), f"/conditions/{n}")
        yield from _ahead(condition.until, at, f"/conditions/{n}/until")
        if not judgement.cleared:
            yield Flaw(f"/conditions/{n}", "NOTHING_CLEARED")


def _clearing(
    found: ModalityDecision | None, judgement: Judgement, never: frozenset[str], pointer: str
) -> Iterator[Flaw]:
    """Why a modality cannot be cleared as asked."""
    if found is None:
        yield Flaw(pointer, "NOT_SCREENED")
        return
    if found.outcome is Outcome.EMERGENCY:
        yield Flaw(pointer, "IS_EMERGENCY")
        return
    grave = [finding for finding in found.against if finding.outcome in OVERRIDABLE]
    if unnamed := _ids(f for f in grave if f.rule_id not in judgement.overridden_rule_ids):
        yield Flaw(pointer, f"IS_{found.outcome}", {"rule_ids": unnamed})
    if absolute := _ids(f for f in grave if f.rule_id in never):
        yield Flaw(pointer, "NEVER_OVERRIDDEN", {"rule_ids": absolute})
    if found.against and not judgement.reason_code:
        yield Flaw(pointer, "REASON_NEEDED")


def _ids(findings: Iterable[Finding]) -> list[str]:
    return sorted({finding.rule_id for finding in findings})


def _naming(decision: Decision, judgement: Judgement) -> Iterator[Flaw]:
    """What is named must stand against something that is cleared."""
    cleared = [found for m in judgement.cleared if (found := decision.of(m))]
    against = {finding.rule_id for found in cleared for finding in found.against}
    for n, rule_id in enumerate(judgement.overridden_rule_ids):
        if rule_id not in against:
            yield Flaw(f"/overridden_rule_ids/{n}", "NOT_A_FINDING")


def _of_modalities(named: Iterable[Modality], known: set[Modality], pointer: str) -> Iterator[Flaw]:
    for n, modality in enumerate(named):
        if modality not in known:
            yield Flaw(f"{pointer}/modalities/{n}", "NOT_CONCERNED", {"concerned": sorted(known)})


def _ahead(moment: datetime, at: datetime, pointer: str) -> Iterator[Flaw]:
    if moment <= at:
        yield Flaw(pointer, "IN_THE_PAST")
