"""All that can happen to one patient, once."""

from shared.events.parts import Outcome
from shared.ids import new_id
from shared.service import Service
from tests.integration.readmodels.outer import (
    authorised,
    estimate,
    invoice,
    message_failed,
    message_sent,
    paid,
    replied,
)
from tests.integration.readmodels.scene import (
    Story,
    acknowledged,
    alert,
    at,
    booked,
    checked_in,
    completed,
    concern,
    lead,
    missed,
    moved,
    ordered,
    planned,
    registered,
    resolved,
    reviewed,
    scored,
    screened,
    signed,
    started,
)
from tests.support.merging import merged


def whole_story(service: Service) -> Story:
    """A patient from lead to invoice, with a concern, a moved and a missed visit, a failed text and two estimates."""
    story = Story.sealed_by(service)
    p, session, visit, danger, bill, first, second = story.patient, *(new_id() for _ in range(6))
    for event in (
        lead(p), registered(p), scored(p), screened(p, Outcome.NEEDS_REVIEW, 1, first), concern(p, danger),
        acknowledged(p, danger), resolved(p, danger), screened(p, Outcome.ELIGIBLE, 2, second), reviewed(p, 3, second),
        signed(p), ordered(p), planned(p), estimate(p, bill, 270_000), booked(p, visit, at(60)), message_failed(p),
        moved(p, visit, at(120)), estimate(p, bill, 225_000, 2), message_sent(p),
        missed(p, visit, at(120), 3), booked(p, new_id(), at(240)),
        checked_in(p, session), started(p, session), alert(p, session), replied(p), completed(p, session),
        invoice(p, 45_000), paid(p), authorised(p), message_failed(p, "N11"), merged(p, new_id())[0],
    ):  # fmt: skip
        story.say(event)
    return story
