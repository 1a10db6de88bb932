"""Events that come again while their own copy is stored behind a gap that has just closed (design: streams).

The worker died between the commit that closed the gap and the transaction that would have worked off what was stored.
"""

from uuid import UUID

import pytest

from shared.events import Envelope
from shared.ids import new_id
from shared.messaging import applying
from tests.integration.messaging.kit import Journal, enveloped, revoked, signed
from tests.integration.messaging.test_parking import discard, is_parked


async def closed_by(journal: Journal, missing: Envelope) -> None:
    """The missing event arrives; what comes after its commit never happens."""
    await applying.deliver(journal.subscriber(), missing)


@pytest.fixture
def patient() -> UUID:
    return new_id()


async def test_a_stop_fact_that_overtook_a_gap_is_not_applied_again(journal: Journal, patient: UUID) -> None:
    stop = enveloped(revoked(patient), 3)
    await journal.receive(enveloped(signed(patient), 1), stop)
    await closed_by(journal, enveloped(signed(patient), 2))
    await journal.receive(stop, enveloped(signed(patient), 4))
    assert await journal.effects(patient) == [1, 3, 2, 4]
    assert await journal.waiting() == []


async def test_an_event_that_now_queues_behind_a_parked_one_is_not_lost(journal: Journal, patient: UUID) -> None:
    journal.refuse.add("poison")
    third = enveloped(signed(patient), 3)
    await journal.receive(enveloped(signed(patient, "poison"), 1), third)
    await closed_by(journal, enveloped(signed(patient), 2))
    await journal.receive(third, enveloped(signed(patient), 4))
    assert await journal.waiting() == [(1, "parked"), (2, "queued"), (3, "queued"), (4, "queued")]
    await discard(journal, patient)
    await journal.go_on(patient)
    assert await journal.effects(patient) == [2, 3, 4]
    assert not await is_parked(journal, patient)


async def test_an_event_whose_turn_has_come_is_applied_once_and_leaves_its_place(
    journal: Journal, patient: UUID
) -> None:
    third = enveloped(signed(patient), 3)
    await journal.receive(enveloped(signed(patient), 1), third)
    await closed_by(journal, enveloped(signed(patient), 2))
    await applying.deliver(journal.subscriber(), third)
    assert await journal.effects(patient) == [1, 2, 3]
    assert await journal.waiting() == []


async def test_a_stop_fact_that_was_refused_behind_the_gap_is_tried_when_it_comes_again(
    journal: Journal, patient: UUID
) -> None:
    journal.refuse.add("poison")
    stop = enveloped(revoked(patient, "poison"), 3)
    await journal.receive(enveloped(signed(patient), 1), stop)
    await closed_by(journal, enveloped(signed(patient), 2))
    await journal.receive(stop)
    assert await journal.waiting() == [(3, "parked")]
    journal.refuse.clear()
    await journal.receive(stop)
    assert await journal.effects(patient) == [1, 2]
    assert await is_parked(journal, patient)
