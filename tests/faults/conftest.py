"""The undisturbed story, to compare with."""

import pytest

from tests.support.told import Told, undisturbed


@pytest.fixture(scope="session")
def told() -> Told:
    return undisturbed()
