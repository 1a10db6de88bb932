"""Topics that are not there, as a real broker tells it."""

import pytest

from cli.doctor_reach import missing_topics
from shared.messaging.kafka import topic_state
from shared.messaging.records import TopicMissing
from shared.runtime.parts.broker import TOPICS
from shared.service import Service
from tests.support.containers import ContainerKafka


async def test_a_topic_that_is_not_there_is_missing_and_not_a_broker_away(intake: Service) -> None:
    with pytest.raises(TopicMissing, match=r"stillwater\.nothing\.v1"):
        await topic_state(intake.settings, "stillwater.nothing.v1")


async def test_doctor_names_the_topics_that_are_not_there(intake: Service, kafka_container: ContainerKafka) -> None:
    assert await missing_topics(intake.settings) == []
    kafka_container.delete(TOPICS[1])
    assert await missing_topics(intake.settings) == [TOPICS[1]]
