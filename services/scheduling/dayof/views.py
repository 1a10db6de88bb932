"""The check on the day as it is shown."""

from datetime import datetime
from uuid import UUID

from services.scheduling.chairside import Chairside
from services.scheduling.domain.care import Blocker
from services.scheduling.domain.daycheck import Criterion, criteria
from services.scheduling.domain.dayoverrides import covered, may_be_overridden
from services.scheduling.domain.spray import is_spray
from services.scheduling.schemas.dayof import CriterionState, CriterionView, DayCheckView, DayOverrideView


def day_check(session_id: UUID, chair: Chairside, now: datetime) -> DayCheckView:
    """Every criterion as it stands for a dose that starts now; `chair` was read with `before_dose`."""
    shown = [_criterion(chair, criterion) for criterion in criteria(chair.day, chair.asked(now))]
    passing = (CriterionState.MET, CriterionState.OVERRIDDEN)
    return DayCheckView(
        session_id=session_id, version=chair.day.version, answers=chair.day.answers, criteria=shown,
        passed=all(criterion.state in passing for criterion in shown),
        overrides=[
            DayOverrideView(criterion=one.criterion, reason=one.reason, by=one.by, at=one.at)
            for one in chair.day.overrides
        ],
    )  # fmt: skip


def _criterion(chair: Chairside, criterion: Criterion) -> CriterionView:
    overridable = may_be_overridden(
        criterion.code, chair.clinic.file.day_of, spray=is_spray(chair.protocol.modality)
    )  # fmt: skip
    blocker = criterion.blocker(chair.day)
    return CriterionView(
        code=criterion.code, question=criterion.question, state=_state(chair, criterion, blocker, overridable),
        owner=criterion.owner, wording=blocker.wording, may_be_overridden=overridable,
    )  # fmt: skip


def _state(chair: Chairside, criterion: Criterion, blocker: Blocker, overridable: bool) -> CriterionState:
    if criterion.met:
        return CriterionState.MET
    if overridable and covered(blocker, chair.day.overrides):
        return CriterionState.OVERRIDDEN
    return CriterionState.UNMET if blocker.known else CriterionState.UNKNOWN
