"""What a patient is told after a screening, what a check-in says, and what an answer to a form lacks."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from services.intake.domain.checkin import CheckInAnswers, concerns_of_check_in, score_of_check_in
from services.intake.domain.due import Occasion
from services.intake.domain.following import follow_up
from services.intake.domain.leadform import Filled, flaws
from services.intake.domain.safety import Risk
from services.intake.domain.screening import Decision, Finding, ModalityDecision
from services.intake.domain.wordings import wordings
from shared.clinicfile.forms import FormLine, LeadForm
from shared.events.parts import Modality, Outcome
from tests.unit.intake.cases import larkspur

NOW = datetime(2026, 11, 20, 18, tzinfo=UTC)
LATER, LATEST = NOW + timedelta(days=7), NOW + timedelta(days=30)


def finding(outcome: Outcome, recheck: datetime | None = None, concern: Risk | None = None) -> Finding:
    return Finding(
        rule_id="TST-001", reason_code="FIRED", outcome=outcome, reason="r", patient_reason="p", evidence={},
        recheck_after=recheck, concern=concern,
    )  # fmt: skip


def decision(**modalities: tuple[Finding, ...]) -> Decision:
    made = tuple(
        ModalityDecision(
            modality=Modality(name),
            outcome=max((f.outcome for f in found), default=Outcome.ELIGIBLE, key=lambda o: o.severity),
            findings=found,
        )
        for name, found in modalities.items()
    )
    return Decision(rule_set="r", rule_set_hash="h", screened_at=NOW, modalities=made, facts={})


DEFERRED = finding(Outcome.DEFERRED)


@pytest.mark.parametrize(
    ("made", "step", "recheck"),
    [
        (decision(IV_MOOD=()), "BOOK_CONSULTATION", None),
        (decision(IV_MOOD=(), IV_PAIN=(finding(Outcome.INELIGIBLE),)), "BOOK_CONSULTATION", None),
        (decision(IV_MOOD=(finding(Outcome.NEEDS_REVIEW),)), "STAFF_WILL_CALL", None),
        (decision(IV_MOOD=(finding(Outcome.INELIGIBLE),)), "STAFF_WILL_CALL", None),
        (decision(IV_MOOD=(), IV_PAIN=(finding(Outcome.EMERGENCY),)), "STAFF_WILL_CALL", None),
        (decision(IV_MOOD=(), IV_PAIN=(finding(Outcome.DEFERRED, LATER, Risk.MODERATE),)), "STAFF_WILL_CALL", None),
        (decision(IV_MOOD=(finding(Outcome.DEFERRED, LATER),)), "LOOK_AGAIN", LATER),
        (decision(IV_MOOD=(finding(Outcome.DEFERRED, LATER), finding(Outcome.DEFERRED, LATEST))), "LOOK_AGAIN", LATEST),
        (decision(IV_MOOD=(finding(Outcome.DEFERRED, LATER), DEFERRED)), "LOOK_AGAIN", None),
        (decision(), "STAFF_WILL_CALL", None),
    ],
)
def test_the_next_step_gives_no_reason(made: Decision, step: str, recheck: datetime | None) -> None:
    told = follow_up(made)
    assert (told.next_step, told.recheck_after) == (step, recheck)


@pytest.mark.parametrize(("said", "risk"), [("no", None), ("unknown", Risk.LOW), ("yes", Risk.MODERATE)])
def test_not_saying_is_never_a_no(said: Any, risk: Risk | None) -> None:
    answers = CheckInAnswers(mood=5, unsafe_thoughts=said)
    assert [concern.risk for concern in concerns_of_check_in(answers)] == ([risk] if risk else [])


def test_a_check_in_tells_mood_and_what_was_felt() -> None:
    answers = CheckInAnswers.model_validate(
        {"mood": 3, "side_effects": ["NAUSEA", "HEADACHE", "NAUSEA"], "unsafe_thoughts": "yes", "note": "private"}
    )
    score = score_of_check_in(Occasion.CHECK_IN_72H, answers)
    assert (score.instrument, score.total) == ("CHECK_IN_72H", 3)
    assert score.positive_items == ("CHECK_IN_UNSAFE_THOUGHTS", "HEADACHE", "NAUSEA")


FORM = LeadForm(kind="contact_lines", lines=(FormLine(id="a", text="A?"), FormLine(id="b", text="B?")))


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ({"a": True, "b": False}, []),
        ({"a": True}, [("/lines/b", "MISSING")]),
        ({"a": True, "b": True, "c": True}, [("/lines/c", "UNKNOWN_LINE")]),
        ({}, [("/lines/a", "MISSING"), ("/lines/b", "MISSING")]),
    ],
)
def test_every_line_is_answered_and_no_other(lines: dict[str, bool], expected: list[tuple[str, str]]) -> None:
    file = larkspur().model_copy(update={"lead_form": FORM})
    found = flaws(Filled("+12085550117", None, None, lines), file)
    assert [(flaw.pointer, flaw.code) for flaw in found] == expected


def test_every_wording_names_the_sender_and_texts_say_how_to_stop() -> None:
    for wording in wordings("Quiet Harbor"):
        assert "Quiet Harbor" in wording.text
        assert wording.channel != "SMS" or ("STOP" in wording.text and "HELP" in wording.text)
