"""`stillwater demo` without a terminal: the story from an empty folder to the end of a course, then the end."""

import json
from collections import Counter
from typing import Any

import pytest

from cli.demo.tale import WHOLE
from tests.support.demonstrated import Demonstration

pytestmark = pytest.mark.timeout(300)  # the first test waits for the whole story


def rows(demonstrated: Demonstration, table: str) -> list[dict[str, Any]]:
    return [json.loads(row) for row in demonstrated.ending.tables[table].elements()]


def test_demo_tells_the_whole_story_and_ends_with_zero(demonstrated: Demonstration) -> None:
    ended = demonstrated.ended
    assert (ended.returncode, ended.stderr) == (0, "")
    assert [name for name in WHOLE.events if name not in ended.stdout] == []
    assert [title for title, _ in WHOLE.steps if title not in ended.stdout] == []


def test_it_ends_with_the_timeline_and_the_money_of_the_first_patient(demonstrated: Demonstration) -> None:
    _, _, ending = demonstrated.ended.stdout.partition("Everything that happened to the first patient")
    assert "MAINTENANCE_DUE" in ending
    assert "invoiced USD 2,700.00, credited USD 0.00, paid USD 0.00, due USD 2,700.00" in ending


def test_a_step_takes_few_lines_beside_its_events(demonstrated: Demonstration) -> None:
    _, _, sixth = demonstrated.ended.stdout.partition("The sixth is the one that was added\n")
    step, _, _ = sixth.partition("The course is over")
    said = [line for line in step.splitlines() if line.startswith("    ") and not line.startswith("      ")]
    assert len(said) == 1
    assert "35 mg in 40 min, invoiced USD 450.00" in said[0]


def test_six_sessions_are_carried_out_although_one_was_moved_and_one_cancelled(demonstrated: Demonstration) -> None:
    visits = rows(demonstrated, "scheduling.appointment")
    by_state = {
        state: sorted(one["session_number"] for one in visits if one["state"] == state)
        for state in {one["state"] for one in visits}
    }
    assert by_state == {"COMPLETED": [1, 3, 4, 5, 6, 7], "CANCELLED": [2]}
    assert [course["state"] for course in rows(demonstrated, "scheduling.course")] == ["COMPLETE"]
    happened = {"AppointmentMoved": 1, "AppointmentCancelled": 1, "CourseChanged": 3, "MaintenanceDue": 1}
    assert {name: demonstrated.ending.said[name] for name in happened} == happened


def test_a_session_that_is_lost_and_one_that_is_added_give_new_estimates_and_all_six_are_within(
    demonstrated: Demonstration,
) -> None:
    estimates = sorted((one["version"], one["total_cents"]) for one in rows(demonstrated, "billing.estimate"))
    assert [cents for _, cents in estimates] == [6 * 45_000, 5 * 45_000, 6 * 45_000]
    invoices = rows(demonstrated, "billing.invoice")
    assert Counter((one["total_cents"], one["above_estimate_cents"]) for one in invoices) == {(45_000, 0): 6}


def test_only_the_pressure_of_the_first_session_is_a_finding(demonstrated: Demonstration) -> None:
    assert demonstrated.ending.said["VitalAlertRaised"] == 1
