"""The same story, told through the gateway to the installation of docker-compose.yml."""

import pytest

from cli.demo.tale import SPINE
from tests.support.compose import PROCESSES, Compose, ComposeEnding
from tests.support.told import Told

pytestmark = pytest.mark.timeout(420)  # the first test waits for images and health
InCompose = tuple[Told, ComposeEnding]


def test_every_step_happened(undisturbed_in_compose: InCompose) -> None:
    told, _ = undisturbed_in_compose
    assert list(told.steps) == [title for title, _ in SPINE.steps]
    assert not [line for lines in told.steps.values() for line in lines if line.startswith("FAILED")]


def test_every_event_was_said_and_nothing_was_left_undone(undisturbed_in_compose: InCompose) -> None:
    _, ending = undisturbed_in_compose
    assert SPINE.missing(ending.said) == []
    assert ending.unsettled == []


def test_the_providers_took_each_message_once(undisturbed_in_compose: InCompose) -> None:
    _, ending = undisturbed_in_compose
    assert ending.deliveries >= ending.said["MessageSent"] > 0
    assert ending.doubled == []


def test_it_ends_with_the_documents_that_an_embedded_house_ends_with(
    undisturbed_in_compose: InCompose, told: Told
) -> None:
    _, ending = undisturbed_in_compose
    assert told.ending is not None
    for name in ("scheduling.session", "billing.estimate", "billing.invoice", "intake.dose_order"):
        assert ending.tables[name] == told.ending.tables[name], name


def test_every_process_runs_small_unprivileged_and_read_only(compose: Compose) -> None:
    form = "{{.Config.User}} {{.HostConfig.ReadonlyRootfs}} {{.HostConfig.CapDrop}} {{.HostConfig.Memory}}"
    expected = f"10001 true [ALL] {256 * 1024 * 1024}"
    assert compose.inspected(*PROCESSES, "--format", form) == dict.fromkeys(PROCESSES, expected)


def test_only_the_gateway_listens_outside(compose: Compose) -> None:
    published = compose.inspected("--format", "{{json .HostConfig.PortBindings}}")
    assert [name for name, ports in published.items() if ports not in ("{}", "null")] == ["gateway"]
