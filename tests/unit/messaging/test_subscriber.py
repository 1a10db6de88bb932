"""What a subscriber takes on (design: permanent trouble, unknown types)."""

from dataclasses import replace

import pytest

from shared.clock import Clock
from shared.events import Envelope, Event, topic_of
from shared.events.intake import ConsentRevoked, OrderSigned
from shared.events.notifications import OptOutReceived
from shared.messaging.subscriber import Subscriber
from shared.service import Service
from tests.unit.messaging.test_runs import P, event


async def handler(_uow: object, _event: Event) -> None:
    raise AssertionError("nothing is handled here")


@pytest.fixture
def subscriber() -> Subscriber:
    service = Service("billing", None, None, Clock(), None)  # type: ignore[arg-type]  # none is used
    return Subscriber(
        service, "billing.commands", dict.fromkeys([OrderSigned, ConsentRevoked, OptOutReceived], handler)
    )


def of_type(name: str) -> Envelope:
    return replace(event(P, 1), type=name)


@pytest.mark.parametrize(
    ("name", "handled"),
    [
        ("stillwater.intake.OrderSigned.v1", True),
        ("stillwater.intake.OrderSigned.v2", True),  # newer: it must be parked, so it may not be passed over
        ("stillwater.intake.OrderSigned.v0", False),
        ("stillwater.intake.OrderSigned", False),
        ("stillwater.intake.OrderSigned.vNext", False),
        ("stillwater.intake.PatientScreened.v1", False),
        ("stillwater.intake.NeverHeardOf.v7", False),
        ("stillwater.scheduling.OrderSigned.v2", False),
    ],
)
def test_it_handles_its_types_and_their_newer_majors(subscriber: Subscriber, name: str, handled: bool) -> None:
    assert subscriber.handles(of_type(name)) is handled


@pytest.mark.parametrize(
    ("name", "overtakes"),
    [
        ("stillwater.intake.ConsentRevoked.v1", True),
        ("stillwater.intake.ConsentRevoked.v2", False),
        ("stillwater.intake.OrderSigned.v1", False),
        ("stillwater.intake.OrderRevoked.v1", False),  # a stop fact, but nobody here handles it
    ],
)
def test_only_stop_facts_that_it_handles_overtake(subscriber: Subscriber, name: str, overtakes: bool) -> None:
    assert subscriber.overtakes(of_type(name)) is overtakes


def test_it_listens_to_the_topics_of_its_types_owners(subscriber: Subscriber) -> None:
    assert subscriber.topics == [topic_of("intake"), topic_of("notifications")]
