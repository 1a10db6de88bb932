"""Marked values in every personal field leave no mark where they must not stand, over the whole story."""

from tests.support.people import MARKS, marks_in
from tests.support.told import Told


def test_marks_are_there_to_be_found(told: Told) -> None:
    answers = " ".join(exchange.answer for exchange in told.exchanges if exchange.status < 400)
    assert {"qxgiven", "qxfamily", "5550171", "1971-03-17", "qxstreet"} <= {*marks_in(answers)}
    assert "qxpreferred" in marks_in(told.texts[0])
    assert told.ending is not None
    opened = " ".join(row for rows in told.ending.tables.values() for row in rows)
    assert {*MARKS} - {*marks_in(opened)} <= {"5550182", "5550183"}  # the others' escorts are never named


def test_no_mark_in_logs_and_files(told: Told) -> None:
    assert any("output" in name for name in told.files)
    assert any("postgres.log" in name for name in told.files)
    assert {name: marks_in(text) for name, text in told.files.items() if marks_in(text)} == {}


def test_no_mark_in_event_bodies_and_headers(told: Told) -> None:
    assert len(told.records) > 30
    assert [marks for record in told.records if (marks := marks_in(record))] == []


def test_no_mark_in_addresses(told: Told) -> None:
    assert [exchange.url for exchange in told.exchanges if marks_in(exchange.url)] == []


def test_no_mark_in_problem_documents(told: Told) -> None:
    refusals = [exchange for exchange in told.exchanges if exchange.status >= 400]
    assert len(refusals) >= 7
    assert [(r.status, marks_in(r.answer)) for r in refusals if marks_in(r.answer)] == []
