"""Doctor on a real installation: nothing wrong when all is well, and each fault by its name when it is not."""

import shutil
from pathlib import Path

import pytest

from cli.doctor import examine
from cli.doctor_env import Fault
from tests.support.compose import ROOT, Compose

pytestmark = pytest.mark.timeout(420)  # the first test waits for images and health


@pytest.fixture
def folder(compose: Compose) -> Path:
    """The installation's folder as doctor knows it: compose file and `.env` side by side."""
    shutil.copy(ROOT / "docker-compose.yml", compose.data)
    return compose.data


def looked_at(folder: Path) -> dict[str, list[Fault]]:
    return dict(examine(folder))


def test_all_is_well(folder: Path) -> None:
    everything = (".env", "Docker", "disk", "port", "containers", "processes", "topics", "staff issuer", "clocks")
    assert looked_at(folder) == {name: [] for name in everything}


def test_what_died_and_what_is_behind_is_named(compose: Compose, folder: Path) -> None:
    newest = compose.on_postgres("billing", "SELECT version_num FROM alembic_version")
    compose.on_postgres("billing", "UPDATE alembic_version SET version_num = '0001'")
    compose.kill("scheduling-api", "kafka")
    try:
        found = looked_at(folder)
    finally:
        compose.on_postgres("billing", f"UPDATE alembic_version SET version_num = '{newest}'")
        compose.start("scheduling-api", "kafka")
        compose.wait_healthy()
    told = {name: " ".join(fault.what for fault in faults) for name, faults in found.items()}
    assert "scheduling-api ended with code 137 at " in told["containers"]
    assert "kafka ended with code 137 at " in told["containers"]
    assert f"billing-api: database has schema 1, this version needs {int(newest)}" in told["processes"]
    assert "notifications-worker: broker does not answer" in told["processes"]
    assert "cannot be looked at" in told["topics"]
    assert (told["port"], told["clocks"], told["staff issuer"]) == ("", "", "")


def test_a_gateway_that_is_away_and_its_port_taken_is_named(compose: Compose, folder: Path) -> None:
    compose.compose("stop", "gateway")
    try:
        with compose.port_taken() as port:
            found = looked_at(folder)
    finally:
        compose.start("gateway")
        compose.wait_healthy("gateway")
    assert [fault.what for fault in found["port"]] == [f"port {port} is taken by another program"]
    assert [fault.what.split(" with ")[0] for fault in found["containers"]] == ["gateway ended"]
