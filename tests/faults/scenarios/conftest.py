"""One ground and one fleet for all scenarios: each judges what happened to its own patients."""

from collections.abc import Iterator

import pytest

from tests.faults.ground import ground
from tests.faults.profile import PROFILE
from tests.faults.world import World, world
from tests.support.docker import docker_is_missing
from tests.support.required import required


@pytest.fixture(scope="package")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """All processes of the four services, running, several workers each."""
    required("compose", docker_is_missing())
    with ground() as over, world(over, tmp_path_factory.mktemp("fleet"), PROFILE.workers) as made:
        yield made
