"""A clinician's review of a screening: which modalities may be cleared for treatment (domain A.1)."""

from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from services.intake.domain.screening import Decision, ModalityDecision
from shared.events.parts import Modality, Outcome, ReviewSummary

CLEARABLE = (Outcome.ELIGIBLE, Outcome.NEEDS_REVIEW)


class Review(BaseModel):
    """What the clinician decided; `reason_code` and `note` are needed when a finding is overridden."""

    model_config = ConfigDict(frozen=True)

    cleared: tuple[Modality, ...]
    overridden_rule_ids: tuple[str, ...]
    reason_code: str | None = None
    note: str | None = None

    def summary(self) -> ReviewSummary:
        return ReviewSummary(cleared=self.cleared, overridden_rule_ids=self.overridden_rule_ids)


@dataclass(frozen=True, slots=True)
class CannotClear(Exception):
    """Why modalities cannot be cleared: pairs of position in the request and code."""

    refused: tuple[tuple[int, str], ...]


def review(
    decision: Decision, cleared: Sequence[Modality], reason_code: str | None = None, note: str | None = None
) -> Review:
    """Clear modalities. ELIGIBLE needs no reason, NEEDS_REVIEW does; anything more severe raises CannotClear."""
    refused = [(n, why) for n, m in enumerate(cleared) if (why := _refusal(decision.of(m), reason_code))]
    if refused:
        raise CannotClear(tuple(refused))
    findings = (f for m in cleared if (found := decision.of(m)) for f in found.against)
    return Review(
        cleared=tuple(sorted(set(cleared))),
        overridden_rule_ids=tuple(sorted({f.rule_id for f in findings})),
        reason_code=reason_code,
        note=note,
    )


def _refusal(found: ModalityDecision | None, reason_code: str | None) -> str | None:
    if found is None:
        return "NOT_SCREENED"
    if found.outcome not in CLEARABLE:
        return f"IS_{found.outcome}"
    return "REASON_NEEDED" if found.against and not reason_code else None
