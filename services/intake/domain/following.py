"""What a patient is told after a screening: a next step without a reason (domain E.1, N03 and N04)."""

from datetime import datetime
from typing import Literal

from services.intake.domain.screening import Decision, ModalityDecision, worrying
from shared.events.parts import FollowUp, Outcome

NextStep = Literal["BOOK_CONSULTATION", "STAFF_WILL_CALL", "LOOK_AGAIN"]


def follow_up(decision: Decision) -> FollowUp:
    """The mildest outcome leads, since one way to be treated is enough; danger to the patient always means a call.

    ELIGIBLE books a consultation, DEFERRED is looked at again, and a person calls about everything else: an INELIGIBLE
    patient hears it from a clinician, never from a machine.
    """
    mildest = min(decision.modalities, key=lambda m: m.outcome.severity, default=None)
    if mildest is None or worrying(decision):
        return FollowUp(next_step="STAFF_WILL_CALL")
    if mildest.outcome is Outcome.ELIGIBLE:
        return FollowUp(next_step="BOOK_CONSULTATION")
    if mildest.outcome is Outcome.DEFERRED:
        return FollowUp(next_step="LOOK_AGAIN", recheck_after=_recheck_after(mildest))
    return FollowUp(next_step="STAFF_WILL_CALL")


def _recheck_after(deferred: ModalityDecision) -> datetime | None:
    """When every reason to defer is over; None when one of them has no known end."""
    ends = [f.recheck_after for f in deferred.findings if f.outcome is Outcome.DEFERRED]
    known = [end for end in ends if end is not None]
    return max(known) if known and len(known) == len(ends) else None
