"""What means danger in answers that were refused: each by itself, whatever is wrong with the rest (domain A.6)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.instruments import InstrumentCode, score
from services.intake.domain.refused import READERS, body_of, clinic_in, dangers_in, texts_in, version_in
from services.intake.domain.safety import concerns_of_item9, concerns_of_screener
from services.intake.domain.unheard import help_for
from shared.ids import new_id
from tests.unit.intake.cases import larkspur

FORMS = larkspur().forms
ITEM9, COLUMBIA, SOUGHT, UNSAFE = "PHQ9-ITEM9", "CSSRS_SCREEN", "SUICIDAL_IDEATION", "CHECK_IN_UNSAFE_THOUGHTS"
PATHS = {
    "submitAssessment": "assessments", "submitInstrument": "instruments/CSSRS_SCREEN",
    "submitQuestionnaire": "questionnaires", "submitCheckIn": "check-ins", "saveAnswers": "drafts/health",
}  # fmt: skip


def found(operation: str, body: Any, code: str = "") -> list[tuple[str, str]]:
    forms = [form for form in FORMS if form.id == code] if operation == "saveAnswers" else FORMS
    return sorted({(one.source, one.risk.value) for one in dangers_in(operation, code, body, forms)})


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"answers": [9, *[0] * 7, 1]}, [(ITEM9, "MODERATE")]),
        ({"instrument": "PHQ9", "answers": ["x", None, *[0] * 6, 3], "language": "Klingon"}, [(ITEM9, "HIGH")]),
        ({"instrument": "phq-9", "answers": [0] * 8 + [2]}, [(ITEM9, "MODERATE")]),
        ({"answers": [0] * 8 + [3, 1]}, [(ITEM9, "HIGH")]),  # difficulty sent as a tenth answer
        ({"answers": [0] * 8 + ["3"]}, [(ITEM9, "HIGH")]),  # a text of digits is taken as well
        ({"answers": [0] * 8 + [3], "difficulty": 9, "anything": "else"}, [(ITEM9, "HIGH")]),
        ({"answers": [0] * 9}, []),
        ({"answers": [0] * 8 + [None]}, []),
        ({"answers": [0] * 8 + [4]}, []),  # no answer that there is
        ({"answers": [0] * 8 + [-1]}, []),
        ({"answers": [0] * 8 + ["often"]}, []),
        ({"answers": [0] * 8 + [[3]]}, []),
        ({"answers": [3] * 8}, []),  # nobody can say which item is missing
        ({"instrument": "PCL5", "answers": [0] * 8 + [3]}, []),  # item 9 of something else
        ({"answers": "000000003"}, []),
        ({"instrument": "PHQ9"}, []),
    ],
)
def test_item_9_counts_by_its_place(body, wanted):
    assert found("submitAssessment", body) == wanted


@pytest.mark.parametrize(
    ("code", "answers", "wanted"),
    [
        (COLUMBIA, [0, 1, 0, 1, 0, 0, 9], [(COLUMBIA, "HIGH")]),
        (COLUMBIA, [1, 0], [(COLUMBIA, "LOW")]),  # cut short
        (COLUMBIA, [0, 1, 1, "no", "no", 7, None, 1], [(COLUMBIA, "MODERATE")]),
        (COLUMBIA, [0, 0, None, None, None, 0, 1, 0, 0], [(COLUMBIA, "HIGH")]),
        ("cssrs-screen", [0, 0, 0, 0, 1, 0, 0], [(COLUMBIA, "HIGH")]),  # under a name that there is not
        (COLUMBIA, [0] * 6 + [2], []),
        (COLUMBIA, ["yes"] * 7, []),
        (COLUMBIA, [None] * 7, []),
        (COLUMBIA, {"q4": 1}, []),
        ("PHQ9", [0] * 8 + [3], [(ITEM9, "HIGH")]),  # it has a route of its own
        ("GAD7", [3] * 9, []),
        ("PCL5", [4] * 21, []),
    ],
)
def test_any_yes_of_the_columbia_screener_counts_by_its_place(code, answers, wanted):
    assert found("submitInstrument", {"answers": answers}, code) == wanted


@pytest.mark.parametrize(
    ("answers", "wanted"),
    [
        ({"immediate_danger": "yes", "blood_type": "A"}, [("SCR-091", "HIGH")]),
        ({"primary_indication": "SUICIDAL_IDEATION", "pregnant": "maybe"}, [(SOUGHT, "MODERATE")]),
        ({"acute_symptoms_now": "yes", "failed_antidepressants": -1}, [("SCR-047", "HIGH")]),
        ({"immediate_danger": "unknown", "acute_symptoms_now": "no", "primary_indication": "GOUT"}, []),
        ({"immediate_danger": True}, []),
        ({"immediate_danger": ["yes"]}, []),
        ({"immediate danger": "yes"}, []),
        (["immediate_danger", "yes"], []),
    ],
)
def test_health_questions_count_as_the_clinics_forms_mark_them(answers, wanted):
    assert found("submitQuestionnaire", {"answers": answers}) == wanted


def test_immediate_danger_counts_also_where_the_clinic_has_no_form():
    body = {"answers": {"immediate_danger": "yes", "acute_symptoms_now": "yes"}}
    assert [one.source for one in dangers_in("submitQuestionnaire", "", body, ())] == ["SCR-091"]


@pytest.mark.parametrize(
    ("body", "wanted"),
    [
        ({"unsafe_thoughts": "yes", "mood": 11}, [(UNSAFE, "MODERATE")]),
        ({"unsafe_thoughts": "unknown", "session_id": "?"}, [(UNSAFE, "LOW")]),
        ({"unsafe_thoughts": "no"}, []),
        ({"unsafe_thoughts": "refused"}, []),
        ({"unsafe_thoughts": ["yes"]}, []),
        ({"mood": 0}, []),
    ],
)
def test_unsafe_thoughts_of_a_check_in_count(body, wanted):
    assert found("submitCheckIn", body) == wanted


@pytest.mark.parametrize(
    ("code", "given", "wanted"),
    [
        ("health", [{"question": "immediate_danger", "answer": "yes", "answered_at": "now"}], [("SCR-091", "HIGH")]),
        ("health", [7, {"question": 3}, {"question": "immediate_danger", "answer": "yes"}], [("SCR-091", "HIGH")]),
        ("phq9", [{"question": "item_9", "answer": "1"}, {"question": "item_9", "answer": "3"}],
         [(ITEM9, "HIGH"), (ITEM9, "MODERATE")]),
        ("cssrs-screen", [{"question": "q5", "answer": "yes"}], [(COLUMBIA, "HIGH")]),
        ("phq9", [{"question": "item_9", "answer": 3}], []),  # an option is named by its text
        ("pcl5", [{"question": "item_9", "answer": "3"}], []),
        ("no-such-form", [{"question": "immediate_danger", "answer": "yes"}], []),
        ("health", {"question": "immediate_danger", "answer": "yes"}, []),
    ],
)  # fmt: skip
def test_answers_of_a_draft_count_as_its_form_marks_them(code, given, wanted):
    assert found("saveAnswers", {"answers": given, "device": "?" * 50}, code) == wanted


@pytest.mark.parametrize(
    ("operation", "body", "wanted"),
    [
        ("submitCheckIn", {"note": "At night", "mood": 11}, {"CHECK_IN_NOTE": "At night"}),
        ("submitCheckIn", {"note": ["At night"]}, {}),
        ("writeReflection", {"text": "Quiet.", "colour": "red"}, {"REFLECTION": "Quiet."}),
        ("saveAnswers", {"answers": [{"question": "anything_else", "answer": "one"}, {"question": "x", "answer": "two"},
                                     {"question": "anything_else", "answer": "three"}, {"answer": "four"}]},
         {"health/anything_else": "one\nthree", "DRAFT": "two"}),
        ("submitQuestionnaire", {"note": "At night"}, {}),
    ],
)  # fmt: skip
def test_what_somebody_wrote_is_found_and_no_name_that_they_made_up(operation, body, wanted):
    assert texts_in(operation, body, [larkspur().form("health")]) == wanted


def test_a_text_is_looked_at_far_beyond_what_is_taken_and_not_without_end():
    (text,) = texts_in("writeReflection", {"text": "x" * 10**6}, ()).values()
    assert 2 * 4000 < len(text) < 10**5


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=9) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=20,
)
NAMES = st.sampled_from(["answers", "instrument", "unsafe_thoughts", "note", "clinic_id", "form_version", "language"])


@given(st.sampled_from(sorted(READERS)), st.sampled_from(["", "health", COLUMBIA]), st.dictionaries(NAMES, JSON))
def test_whatever_was_sent_is_read_without_a_fault_and_gives_only_known_dangers(operation, code, body):
    sources = {one.source for one in dangers_in(operation, code, body, FORMS)}
    assert sources <= {ITEM9, COLUMBIA, SOUGHT, UNSAFE, "SCR-091", "SCR-047"}
    assert all(isinstance(text, str) for text in texts_in(operation, body, FORMS).values())
    assert clinic_in(body) is None or str(clinic_in(body))
    assert version_in(body) is None or version_in(body) >= 1


@given(st.lists(st.none() | st.integers(0, 1), min_size=7, max_size=7), st.integers(0, 3))
def test_the_same_sheet_means_the_same_refused_or_taken(columbia, points):
    taken = concerns_of_screener(score(InstrumentCode.CSSRS_SCREEN, columbia).risk)
    refused = dangers_in("submitInstrument", COLUMBIA, {"answers": columbia, "language": "!"}, FORMS)
    assert refused == taken
    sheet = {"instrument": "PHQ9", "answers": [0] * 8 + [points], "language": "!"}
    assert dangers_in("submitAssessment", "", sheet, FORMS) == concerns_of_item9(points)


@pytest.mark.parametrize(
    ("sent", "wanted"),
    [(b'{"a": 1}', {"a": 1}), (b"[1]", None), (b"", None), (b'{"a":', None), (b"\xff", None), (b"[" * 100_000, None)],
)
def test_a_body_is_read_as_far_as_it_is_an_object(sent, wanted):
    assert body_of(sent) == wanted


def test_where_and_under_which_form_is_read_only_if_it_can_be_understood():
    clinic = new_id()
    assert (clinic_in({"clinic_id": str(clinic)}), version_in({"form_version": 2})) == (clinic, 2)
    assert (clinic_in({"clinic_id": "here"}), version_in({"form_version": 0})) == (None, None)
    assert (clinic_in({}), version_in(json.loads('{"form_version": 1e400}'))) == (None, None)


def test_whatever_is_read_here_is_refused_with_help_beside_it():
    shown = {name: help_for("POST", f"/v1/patients/{new_id()}/{path}") for name, path in PATHS.items()}
    assert {*READERS} == {name for name, help_ in shown.items() if help_ is not None}
