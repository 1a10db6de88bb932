"""The story, told once for all journey tests; a Kafka cluster for each house that runs in the tests' process."""

from collections.abc import Iterator

import pytest

from shared.runtime.parts.broker import EmbeddedBroker
from tests.support import demonstrated as demonstration
from tests.support.demonstrated import Demonstration
from tests.support.told import Told, undisturbed


@pytest.fixture(scope="session")
def told() -> Told:
    """The story up to the first session."""
    return undisturbed()


@pytest.fixture(scope="session")
def demonstrated() -> Demonstration:
    """The whole story, as the demo tells it."""
    return demonstration.demonstrated()


@pytest.fixture(scope="module")
def cluster() -> Iterator[str]:
    broker = EmbeddedBroker()
    broker.start()
    yield broker.bootstrap
    broker.stop()
