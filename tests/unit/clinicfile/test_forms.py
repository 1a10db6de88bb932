"""Forms of a clinic file: what they ask, and every mistake told with its place."""

from typing import Any

import pytest

from shared.clinicfile.facts import VOCABULARY
from shared.clinicfile.formcheck import ITEMS
from shared.clinicfile.forms import FILLABLE, MEDICATION_FACTS, Form
from shared.clinicfile.load import InvalidClinicFile, load, validate
from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import FILE, PATH, data, issues

SHIPPED = (PATH.parent / "forms" / "general.yaml").read_text()
HEALTH = FILE.form("health")
FOUND_BY_INSTRUMENTS = {"audit_c_points", "mdq_positive"}


def test_the_questionnaire_asks_for_every_fact_that_rules_need_and_a_patient_can_know():
    needed = {name for file in FILES.values() for rule in file.rules for name in rule.needs}
    tellable = {name for name in needed if VOCABULARY[name].source == "patient"} - FOUND_BY_INSTRUMENTS
    asked = {question.fills for question in HEALTH.questions}
    if any(question.type == "medications" for question in HEALTH.questions):
        asked |= {*MEDICATION_FACTS}
    assert len(tellable) > 40
    assert tellable - asked == set()


def test_the_questionnaire_dates_what_rules_count_days_from():
    assert {"cardiac_event_on", "negative_pregnancy_test_on", "pregnancy_possible"} <= {
        q.fills for q in HEALTH.questions
    }


def test_every_clinic_offers_the_questionnaire_in_english_and_spanish():
    for file in FILES.values():
        assert file.form("health").languages == ("en", "es"), file.clinic


SMALL: dict[str, Any] = {
    "id": "small", "version": 1, "renderer_level": 2, "languages": ["en"], "title": {"en": "Small"},
    "crisis": {"en": "Call 988 or 911."},
    "sections": [
        {
            "id": "one",
            "title": {"en": "One"},
            "questions": [
                {"id": "danger", "type": "yes_no", "fills": "immediate_danger", "text": {"en": "Danger?"},
                 "danger": {"yes": "HIGH"}},
                {"id": "why", "type": "choice", "fills": "primary_indication", "text": {"en": "Why?"},
                 "options": [{"id": "MDD_TRD", "text": {"en": "Low"}}, {"id": "PTSD", "text": {"en": "Shock"}}]},
                {"id": "drugs", "type": "number", "fills": "failed_antidepressants", "text": {"en": "How many?"},
                 "unit": "drugs", "whole": True, "low": 0, "high": 50,
                 "show_if": [{"question": "why", "answers": ["MDD_TRD"]}]},
                {"id": "when", "type": "date", "fills": "cardiac_event_on", "text": {"en": "When?"}},
                {"id": "more", "type": "text", "required": False, "text": {"en": "More?"}},
            ],
        }
    ],
    "contradictions": [
        {"id": "both", "answers": [{"question": "why", "answers": ["PTSD"]},
                                   {"question": "danger", "answers": ["no"]}]},
    ],
}  # fmt: skip
QUESTIONS = ("sections", 0, "questions")


def with_form(path: tuple[str | int, ...], value: Any) -> list[str]:
    """What is said of larkspur with one small form beside, one field of it changed, or removed by `...`."""
    whole = data()
    form = _copy(SMALL)
    inside: Any = form
    for part in path[:-1]:
        inside = inside[part]
    if value is ...:
        del inside[path[-1]]
    elif path:
        inside[path[-1]] = value
    whole["forms"], whole["lead_form"] = [form], {}
    file, found = validate(whole)
    assert (file is None) == bool(found)
    return [str(issue) for issue in found]


def _copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _copy(inner) for key, inner in value.items()}
    return [_copy(inner) for inner in value] if isinstance(value, list) else value


def test_a_small_form_is_fine():
    assert with_form((), None) == []


PTSD_ONLY = [{"id": "PTSD", "text": {"en": "x"}}]
WHY = (*QUESTIONS, 1)
DRUGS = (*QUESTIONS, 2)


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("languages",), ["en", "es"], "forms[0].title is not worded in the languages of the form"),
        (("languages",), ["fr"], "forms[0].words.yes is not worded in fr"),
        (("title",), {"en": "x", "es": "y"}, "forms[0].title is not worded in the languages of the form"),
        (("renderer_level",), 1, "forms[0].renderer_level is 1, but the form needs 2"),
        (("renderer_level",), 3, "forms[0].renderer_level is 3, but the form needs 2"),
        (("crisis",), {}, "forms[0].crisis is missing, and some answers mean danger"),
        (("crisis",), {"en": "Call 911."}, "forms[0].crisis.en does not name 988"),
        (("version",), 0, "forms[0].version input should be greater than or equal to 1"),
        ((*QUESTIONS, 0, "danger"), {}, "questions[0] does not mark yes as danger"),
        ((*QUESTIONS, 0, "danger"), {"maybe": "HIGH"}, "questions[0].danger.maybe input should be"),
        ((*QUESTIONS, 0, "type"), "checkbox", "questions[0].type input should be"),
        ((*QUESTIONS, 0, "colour"), "red", "questions[0].colour is not a field of a clinic file"),
        ((*QUESTIONS, 0, "options"), PTSD_ONLY, "questions[0].options does not fit the type yes_no"),
        ((*QUESTIONS, 0, "id"), "why", "forms[0].sections has why 2 times"),
        ((*WHY, "options"), PTSD_ONLY, "questions[1].options has fewer than two answers"),
        ((*WHY, "options", 0, "id"), "GOUT", "options[0].id is GOUT, which primary_indication cannot be"),
        ((*WHY, "options", 0, "id"), "SUICIDAL_IDEATION", "questions[1] does not mark SUICIDAL_IDEATION as danger"),
        ((*WHY, "options", 0, "id"), "unknown", "questions[1].options has unknown twice"),
        ((*WHY, "fills"), "horoscope", "questions[1].fills is horoscope, which no question fills"),
        ((*WHY, "fills"), "bmi", "questions[1].fills is bmi, which no question fills"),
        ((*WHY, "fills"), "pregnant", "questions[1].fills is pregnant, which a yes_no question fills"),
        ((*DRUGS, "high"), 51, "questions[2] takes numbers outside 0 to 50"),
        ((*DRUGS, "high"), ..., "questions[2] takes numbers outside 0 to 50"),
        ((*DRUGS, "low"), 60, "questions[2].low is above high"),
        ((*DRUGS, "whole"), False, "questions[2].whole is false, but failed_antidepressants is counted"),
        ((*DRUGS, "unit"), "pills", "questions[2].unit is not that of failed_antidepressants"),
        ((*DRUGS, "show_if", 0, "question"), "when", "show_if[0].question is when, which is no earlier question"),
        ((*DRUGS, "show_if", 0, "answers"), ["GAD"], "show_if[0].answers[0] is GAD, no answer of why"),
        ((*DRUGS, "fills"), "immediate_danger", "forms[0].sections has fills: immediate_danger 2 times"),
        ((*QUESTIONS, 3, "unit"), "days", "questions[3].unit does not fit the type date"),
        ((*QUESTIONS, 3, "low"), 0, "questions[3].low does not fit the type date"),
        (("contradictions", 0, "answers", 0, "question"), "who", "answers[0].question is who, which is no question"),
        (("contradictions", 0, "answers", 1, "answers"), ["maybe"], "answers[1].answers[0] is maybe, no answer of"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_form_is_told_with_its_field(path, value, says):
    assert any(says in line for line in with_form(path, value)), with_form(path, value)


def test_a_second_list_of_medications_is_refused():
    lists = [{"id": name, "type": "medications", "text": {"en": "Which?"}} for name in ("these", "those")]
    said = with_form(QUESTIONS, [*SMALL["sections"][0]["questions"], *lists])
    assert any("asks for medications more than once" in line for line in said)


def test_a_form_in_two_files_is_refused_and_a_mistake_is_told_in_the_file_that_has_it(tmp_path):
    for name in (
        "rules/general.yaml",
        "forms/general.yaml",
        "forms/instruments.yaml",
        "forms/contact.yaml",
        "medicines/general.yaml",
        PATH.name,
    ):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text((PATH.parent / name).read_text())
    broken = SHIPPED.replace("fills: allergy_ketamine", "fills: allergy", 1)
    (tmp_path / "forms" / "general.yaml").write_text(broken)
    at = next(n for n, line in enumerate(broken.splitlines(), start=1) if "fills: allergy\n" in line + "\n")
    with pytest.raises(InvalidClinicFile) as refused:
        load(tmp_path / PATH.name)
    assert str(refused.value).startswith(f"forms/general.yaml, line {at}, column 13: forms[0].sections")
    assert "fills is allergy, which no question fills" in str(refused.value)


def test_instruments_are_worded_and_offered_in_validated_languages():
    phq9, gad7 = FILE.form("phq9"), FILE.form("gad7")
    declared = FILE.model_copy(update={"instrument_languages": {"PHQ9": ("en", "es")}})
    assert (phq9.languages, FILE.offered_in(phq9), declared.offered_in(phq9)) == (("en", "es"), ("en",), ("en", "es"))
    assert FILE.offered_in(gad7) == ("en",)
    assert {form.instrument for form in FILE.forms} == {None, *ITEMS}


def test_only_phq9_and_gad7_end_with_a_question_that_gives_no_points():
    unscored = {(form.instrument, q.id) for form in FILE.forms for q in form.questions if q.unscored}
    assert unscored == {("PHQ9", "difficulty"), ("GAD7", "difficulty")}
    assert {form.instrument: len(form.items) for form in FILE.forms if form.instrument} == {
        name: len(highest) for name, highest in ITEMS.items()
    }


PHQ9 = next(n for n, form in enumerate(FILE.forms) if form.id == "phq9")
DIFFICULTY = ("forms", PHQ9, "sections", 1, "questions", 0)
ITEM9 = ("forms", PHQ9, "sections", 0, "questions", 8)
COLUMBIA = next(n for n, form in enumerate(FILE.forms) if form.id == "cssrs-screen")


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ((*ITEM9, "options", 1, "danger"), None, "has item_9, which does not mark danger as"),
        ((*ITEM9, "options", 3, "danger"), "MODERATE", "has item_9, which does not mark danger as"),
        ((*ITEM9, "concern"), "OTHER", "has item_9, which does not mark danger as"),
        ((*ITEM9, "options", 0, "id"), "4", "has item_9, which does not give 0 to 3 points"),
        ((*ITEM9[:4], "questions", 0), ..., "is PHQ9, which has 9 items"),
        (("forms", PHQ9, "instrument"), "GAD7", "is GAD7, which has 7 items"),
        ((*DIFFICULTY, "unscored"), False, "is PHQ9, which has 9 items"),
        ((*DIFFICULTY, "options", 3), ..., "has difficulty, which is unscored"),
        ((*DIFFICULTY, "options", 3, "danger"), "LOW", "has difficulty, which is unscored"),
        ((*ITEM9, "unscored"), True, "has item_9, which is unscored"),
        (("forms", COLUMBIA, *QUESTIONS, 6, "unscored"), True, "has q6r, which is unscored"),
        (("forms", PHQ9, "instrument"), "MADRS", "instrument input should be"),
        (("forms", COLUMBIA, *QUESTIONS, 4, "danger"), {"yes": "LOW"}, "has q5, which does not mark danger as"),
        (("instrument_languages",), {"PHQ9": ["spanish"]}, "string should match pattern"),
    ],
)
def test_an_instrument_that_is_asked_otherwise_is_refused(path, value, says):
    assert any(says in line for line in issues(path, value)), issues(path, value)


def test_whatever_a_question_fills_is_known_by_name_and_type():
    assert {name for name, kind in FILLABLE.items() if kind == "date"} == {
        "cardiac_event_on", "negative_pregnancy_test_on",
    }  # fmt: skip
    assert isinstance(HEALTH, Form)
    assert {q.type for q in HEALTH.questions} == {"yes_no", "number", "date", "choice", "medications", "text"}
