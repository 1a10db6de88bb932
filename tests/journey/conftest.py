"""The story, told once for all journey tests."""

import pytest

from tests.support.told import Told, undisturbed


@pytest.fixture(scope="session")
def told() -> Told:
    return undisturbed()
