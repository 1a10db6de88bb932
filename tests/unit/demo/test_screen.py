"""How the story looks, in a terminal and in a pipe."""

import io
from datetime import timedelta

import pytest
from rich.console import Console

from cli.demo.events import Heard
from cli.demo.screen import LiveScreen, PlainScreen, Screen, latency
from tests.unit.demo.test_events import envelope


def told(screen: Screen) -> None:
    screen.begin(1, "A web form becomes a patient")
    screen.event(Heard(envelope("LeadReceived"), timedelta(milliseconds=41.6)))
    screen.done(["record [000001]"])
    screen.begin(2, "It goes wrong")
    screen.failed("registers: 422 INVALID_REQUEST")


def test_plain_lines_say_step_event_and_failure() -> None:
    out = io.StringIO()
    told(PlainScreen(Console(file=out, width=60)))
    assert out.getvalue().splitlines() == [
        " 1. A web form becomes a patient",
        "      intake        LeadReceived           42 ms",
        "    record [000001]",
        " 2. It goes wrong",
        "    DID NOT HAPPEN: registers: 422 INVALID_REQUEST",
    ]


def test_a_terminal_shows_steps_and_a_table_of_events() -> None:
    console = Console(file=io.StringIO(), force_terminal=True, width=100, record=True)
    screen = LiveScreen(console)
    with screen.showing():
        told(screen)
    shown = console.export_text()
    assert "✓  1  A web form becomes a patient" in shown
    assert "record [000001]" in shown
    assert "✗  2  It goes wrong" in shown
    assert "after its cause" in shown


@pytest.mark.parametrize(("after", "shown"), [(None, ""), (timedelta(seconds=1), "1000 ms"), (timedelta(), "0 ms")])
def test_latency_is_in_milliseconds(after: timedelta | None, shown: str) -> None:
    assert latency(after) == shown
