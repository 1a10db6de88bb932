"""From a web form to an invoiced session, through four services over HTTP."""

from collections import Counter

from cli.demo.tale import SPINE
from tests.support.tables import Tables
from tests.support.told import Told

ROWS = {
    "intake.lead": 3, "intake.patient": 3, "intake.questionnaire": 3, "intake.assessment": 3, "intake.consent": 1,
    "intake.review": 1, "intake.dose_order": 1, "intake.safety_concern": 1, "intake.login_link": 3,
    "scheduling.patient": 3, "scheduling.course": 1, "scheduling.appointment": 6, "scheduling.session": 1,
    "scheduling.alert": 1, "notifications.visit": 6, "billing.course": 1, "billing.estimate": 1, "billing.session": 1,
    "billing.invoice": 1, "billing.posting": 1, "billing.review": 0,
}  # fmt: skip


def _tables(told: Told) -> Tables:
    assert told.ending is not None
    return told.ending.tables


def test_every_step_happened(told: Told) -> None:
    assert list(told.steps) == [title for title, _ in SPINE.steps]
    assert not [line for lines in told.steps.values() for line in lines if line.startswith("FAILED")]


def test_every_event_of_the_story_was_said_and_passed_over_the_topics(told: Told) -> None:
    assert told.ending is not None
    assert SPINE.missing(told.ending.said) == []
    over_kafka = Counter(name for name in told.ending.said for record in {*told.records} if f".{name}.v1 " in record)
    assert over_kafka == told.ending.said


def test_nothing_was_left_undone(told: Told) -> None:
    assert told.ending is not None
    assert told.ending.unsettled == []


def test_final_tables_hold_what_the_story_says(told: Told) -> None:
    counted = {name: sum(rows.values()) for name, rows in _tables(told).items() if name in ROWS}
    assert counted == ROWS


def test_the_house_ended_cleanly_when_told_to(told: Told) -> None:
    assert told.exit_code == 0


def test_the_dose_was_refused_then_the_patient_went_home_and_was_invoiced_within_the_estimate(told: Told) -> None:
    (completed,) = _tables(told)["scheduling.session"]
    assert '"state": "COMPLETED"' in completed
    (invoice,) = _tables(told)["billing.invoice"]
    assert '"above_estimate_cents": 0' in invoice
    assert '"total_cents": 45000' in invoice
    assert told.steps["Nobody goes home before every criterion is met"][0] == "discharge refused: NO_ESCORT"


def test_the_first_visit_is_confirmed_by_text_and_no_text_goes_out_twice(told: Told) -> None:
    confirmed = [text for text in told.texts if "your visit at Larkspur Clinic is" in text and "at 9:00 AM" in text]
    assert confirmed
    assert len(told.texts) == len({*told.texts})
