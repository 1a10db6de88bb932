"""The two services of the messaging tests, over containers only."""

import pytest

from tests.integration.messaging.conftest import broker, intake, journal, made, postgres, scheduling

__all__ = ["broker", "intake", "journal", "made", "postgres", "scheduling"]


@pytest.fixture(scope="session")
def ground() -> str:
    return "containers"
