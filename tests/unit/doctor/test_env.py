"""Doctor on `.env`: what is missing or broken is named with its mend, and no value is ever shown."""

import shutil
from pathlib import Path

import pytest

from cli.compose_env import environment, write
from cli.doctor_env import env_faults, port_of, read_env, required
from shared.runtime.secrets import Secrets

COMPOSE = Path(__file__).parents[3] / "docker-compose.yml"
SECRETS = Secrets.fresh()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copy(COMPOSE, tmp_path)
    return tmp_path


def installed(folder: Path, *, development: bool = True, **changed: str | None) -> dict[str, str]:
    """A `.env` as `init` writes it, with some variables changed, or left out where None is given."""
    values = environment(SECRETS, development=development, port=8480) | changed
    kept = {name: value for name, value in values.items() if value is not None}
    write(folder / ".env", kept)
    return kept


def test_what_init_writes_for_development_is_complete(folder: Path) -> None:
    values = installed(folder)
    assert env_faults(folder) == []
    assert read_env(folder) == values
    assert port_of(values) == 8480


def test_what_init_writes_for_production_lacks_what_only_the_operator_knows(folder: Path) -> None:
    installed(folder, development=False)
    assert [fault.what for fault in env_faults(folder)] == [
        ".env lacks STILLWATER_STAFF_ISSUER", ".env lacks STILLWATER_STAFF_JWKS", ".env lacks STILLWATER_PORTAL_URL",
    ]  # fmt: skip
    assert {fault.mend for fault in env_faults(folder)} == {"fill it in; docs/operations.md says with what"}


@pytest.mark.parametrize("name", required(COMPOSE))
@pytest.mark.parametrize("value", [None, ""])
def test_every_variable_that_compose_cannot_do_without_is_missed(folder: Path, name: str, value: str | None) -> None:
    installed(folder, **{name: value})
    (fault,) = env_faults(folder)
    assert fault.what == f".env lacks {name}"
    assert fault.mend


def test_no_file_is_told_with_how_to_make_it(folder: Path) -> None:
    (fault,) = env_faults(folder)
    assert "no .env" in fault.what
    assert "init --compose" in fault.mend


def test_another_folder_is_told(tmp_path: Path) -> None:
    (fault,) = env_faults(tmp_path)
    assert "no docker-compose.yml" in fault.what


def test_a_file_that_others_can_read_is_told(folder: Path) -> None:
    installed(folder)
    (folder / ".env").chmod(0o644)
    assert [fault.mend for fault in env_faults(folder)] == ["chmod 600 .env"]


@pytest.mark.parametrize("port", ["0", "65536", "eighty", "-1", "80.5"])
def test_a_port_that_is_none_is_told(folder: Path, port: str) -> None:
    installed(folder, STILLWATER_PORT=port)
    assert [fault.what for fault in env_faults(folder)] == ["STILLWATER_PORT in .env is no port"]


@pytest.mark.parametrize("name", ["BILLING_SEAL_KEYS", "STILLWATER_PATIENT_JWKS"])
def test_a_key_that_was_cut_short_is_told_without_its_value(folder: Path, name: str) -> None:
    whole = environment(SECRETS, development=True, port=8480)[name]
    installed(folder, **{name: whole[:-9]})
    (fault,) = env_faults(folder)
    assert fault.what == f"{name} in .env is not whole"
    assert whole[:12] not in f"{fault.what} {fault.mend}"


@pytest.mark.parametrize(
    ("line", "read"),
    [
        ("NAME=value", {"NAME": "value"}),
        ("NAME='a b'", {"NAME": "a b"}),
        ('export NAME = "x=y"', {"NAME": "x=y"}),
        ("# NAME=value", {}),
        ("NAME=", {"NAME": ""}),
        ("nonsense", {}),
    ],
)
def test_lines_are_read_as_compose_reads_them(tmp_path: Path, line: str, read: dict[str, str]) -> None:
    (tmp_path / ".env").write_text(f"{line}\n")
    assert read_env(tmp_path) == read
