"""Doctor on what Docker and the processes say: every fault is named with its mend."""

import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from cli.doctor import examine, port_faults, report
from cli.doctor_docker import (
    Docker,
    DockerRefused,
    clock_faults,
    container_faults,
    disk_faults,
    engine_faults,
    issuer_faults,
    process_faults,
    skew,
    topic_faults,
)
from cli.doctor_env import Fault

ENDED = "2026-03-02T12:00:00.123456789Z"


def container(**state: Any) -> dict[str, Any]:
    usual = {"Running": True, "ExitCode": 0, "OOMKilled": False, "FinishedAt": ENDED}
    return {"State": usual | state, "NetworkSettings": {"Ports": {}}}


def sick(streak: int) -> dict[str, Any]:
    """Checks every five seconds, the last five kept."""
    log = [{"Start": f"2026-03-02 12:00:{second:02}.123456789 +0000 UTC"} for second in (30, 35, 40, 45, 50)]
    return {"Status": "unhealthy", "FailingStreak": streak, "Log": log}


DONE = container(Running=False)


@pytest.mark.parametrize(
    ("name", "found", "what", "mend"),
    [
        ("postgres", container(), "kafka has no container", "up --detach"),
        ("kafka", container(Running=False, ExitCode=137), "kafka ended with code 137 at 2026-03-02 12:00:00 UTC", "up"),
        ("topics", container(Running=False, ExitCode=1), "topics failed at 2026-03-02 12:00:00 UTC", "logs --tail"),
        ("intake-api", container(Health=sick(3)), "intake-api is not healthy since 12:00:40 UTC", "logs --tail"),
        ("intake-api", container(Health=sick(9)), "intake-api is not healthy since 12:00:10 UTC", "logs --tail"),
        ("kafka", container(OOMKilled=True), "kafka ran out of memory at its last end", "mem_limit"),
    ],
)
def test_a_container_that_is_not_as_it_should_be(name: str, found: Any, what: str, mend: str) -> None:
    (fault,) = container_faults([what.split(maxsplit=1)[0]], {name: found})
    assert fault.what == what
    assert mend in fault.mend


def test_containers_that_are_as_they_should_be() -> None:
    healthy = container(Health={"Status": "healthy", "FailingStreak": 0, "Log": []})
    starting = container(Health={"Status": "starting", "FailingStreak": 1, "Log": []})
    once = {"topics": DONE, "openapi": DONE, "intake-migrate": DONE}
    found = once | {"kafka": healthy, "intake-api": starting, "mail": container()}
    assert container_faults([*found], found) == []


def test_what_a_process_complains_of_is_passed_on_with_what_to_do() -> None:
    behind = {"name": "database", "detail": "has schema 1, this version needs 2; run migrate"}
    stalled = {"name": "loop relay", "detail": "has not turned since 2026-03-02T12:00:00Z"}
    found = {"billing-worker": {"ready": [behind, stalled]}, "billing-api": {"ready": []}}
    schema, loop = process_faults(found)
    assert schema.what == "billing-worker: database has schema 1, this version needs 2; run migrate"
    assert "migrates first" in schema.mend
    assert loop.what == "billing-worker: loop relay has not turned since 2026-03-02T12:00:00Z"
    assert "restart billing-worker" in loop.mend


def test_each_missing_topic_is_named() -> None:
    missing = topic_faults(["stillwater.billing.v1"])
    assert missing == [Fault("topic stillwater.billing.v1 is missing", "`docker compose run --rm topics`")]
    (unknown,) = topic_faults("no answer in time")
    assert "cannot be looked at: no answer in time" in unknown.what
    assert topic_faults([]) == []


@pytest.mark.parametrize(
    ("issuer", "what"),
    [
        ({"keys": 0, "ahead": None, "error": "ConnectError"}, "cannot be had: ConnectError"),
        ({"keys": 0, "ahead": 0.1}, "cannot be had: it shows no keys"),
    ],
)
def test_an_issuer_without_keys_is_told(issuer: dict[str, Any], what: str) -> None:
    (fault,) = issuer_faults(issuer)
    assert what in fault.what
    assert "STILLWATER_STAFF_JWKS" in fault.mend


def test_clocks_that_differ_are_named_with_how_much_and_which_way() -> None:
    skews = {"billing-worker": 61.0, "the database": -3.2, "intake-api": 1.9, "the staff issuer": None}
    assert [fault.what for fault in clock_faults(skews)] == [
        "the clock of billing-worker is 61 s ahead of this machine's",
        "the clock of the database is 3 s behind this machine's",
    ]


@pytest.mark.parametrize(("there", "ahead"), [(100.0, 0), (109.9, 0), (110.0, 0), (95.0, -5.0), (113.0, 3.0)])
def test_a_clock_that_was_read_while_we_waited_is_given_the_benefit_of_the_wait(there: float, ahead: float) -> None:
    assert skew(100.0, there, 110.0) == ahead


def test_an_installation_that_was_never_started_is_told_in_one_line() -> None:
    (fault,) = container_faults(["kafka", "postgres"], {})
    assert fault.what == "nothing was started yet"


def test_a_full_disk_is_told(tmp_path: Path) -> None:
    (fault,) = disk_faults([tmp_path], least=10**18)
    assert fault.what.startswith(f"{tmp_path} has ")
    assert "make room" in fault.mend
    assert disk_faults([tmp_path], least=0, share=0.0) == []


@pytest.fixture
def listener() -> Iterator[int]:
    """A port at which somebody listens who never answers."""
    with socket.socket() as taken:
        taken.bind(("0.0.0.0", 0))
        taken.listen()
        yield taken.getsockname()[1]


def test_a_port_that_another_program_has_is_told(listener: int) -> None:
    (fault,) = port_faults({"STILLWATER_PORT": str(listener)}, container(Running=False))
    assert fault.what == f"port {listener} is taken by another program"
    assert "ss -ltnp" in fault.mend


def test_a_gateway_on_another_port_than_env_says_is_told() -> None:
    gateway = container()
    gateway["NetworkSettings"]["Ports"]["8080/tcp"] = [{"HostPort": "8480"}]
    (fault,) = port_faults({"STILLWATER_PORT": "8481"}, gateway)
    assert fault.what == ".env says port 8481 but the gateway has 8480"


def test_without_docker_the_rest_is_still_looked_at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (fault,) = engine_faults(Docker(tmp_path))
    assert "docker info" in fault.what
    assert [name for name, _ in examine(tmp_path)] == [".env", "Docker", "disk"]


def test_the_report_says_everything_in_plain_lines_and_whether_all_is_well() -> None:
    said: list[str] = []
    assert report(iter([("disk", [])]), said.append)
    assert not report(iter([("disk", []), ("port", [Fault("it is taken", "stop it")])]), said.append)
    assert said == ["ok     disk", "ok     disk", "WRONG  port", "       it is taken\n         mend: stop it"]


def test_a_docker_command_that_fails_on_the_way_is_said() -> None:
    def breaks() -> Iterator[Any]:
        yield "disk", []
        raise DockerRefused("no such service")

    said: list[str] = []
    assert not report(breaks(), said.append)
    assert "no such service" in said[-1]
