"""A blocker as it is shown: whose it is, until when, what clears it."""

from datetime import datetime

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.settling import settling_of
from services.scheduling.schemas.answers import BlockerView


def blocker_view(found: Blocker, starts_at: datetime | None = None) -> BlockerView:
    """`starts_at`: of the session that it keeps from being dosed; without one there is no deadline."""
    settling = settling_of(found.code)
    return BlockerView(
        code=found.code, owner=found.owner, wording=found.wording, question=found.question, known=found.known,
        deadline=settling.deadline(starts_at) if starts_at else None, patient_wording=settling.patient,
        cleared_by=list(settling.by), holds_dose=found.holds_dose,
    )  # fmt: skip
