"""Logs hold the class and the place of an error, never its text."""

import asyncio
import json
import logging

import pytest
import structlog

from shared.runtime.logs import quiet_loop_errors, set_up_logs, trouble

MARK = "Zelda Quimby"


@pytest.fixture
def said(capsys):
    """`said()`: the lines written since, as JSON."""
    handlers, level = logging.root.handlers, logging.root.level
    set_up_logs()
    yield lambda: [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    structlog.reset_defaults()
    logging.root.handlers, logging.root.level = handlers, level


def raise_marked():
    raise ValueError(MARK)


def test_trouble_names_class_and_place():
    with pytest.raises(ValueError, match=MARK) as caught:
        raise_marked()
    facts = trouble(caught.value)
    assert facts["error"] == "ValueError"
    assert any("raise_marked" in place for place in facts["at"])
    assert MARK not in repr(facts)


def test_an_exception_that_is_logged_leaves_no_text(said):
    try:
        raise_marked()
    except ValueError:
        structlog.get_logger().exception("it broke")
        logging.getLogger("some.library").exception("it broke for %s", MARK)
    lines = said()
    assert [line["error"] for line in lines] == ["ValueError", "ValueError"]
    assert MARK not in json.dumps(lines)
    assert "raise_marked" in json.dumps(lines)


def test_arguments_of_a_librarys_record_are_not_written(said):
    logging.getLogger("aiokafka.consumer").warning("cannot parse %r", MARK)
    (line,) = said()
    assert (line["event"], line["logger"]) == ("cannot parse %r", "aiokafka.consumer")


async def test_a_forgotten_task_reports_its_class_alone(said):
    loop = asyncio.get_running_loop()
    quiet_loop_errors(loop)
    loop.call_exception_handler({"message": f"Task {MARK} was never retrieved", "exception": ValueError(MARK)})
    loop.set_exception_handler(None)
    (line,) = said()
    assert line["error"] == "ValueError"
    assert MARK not in json.dumps(line)
