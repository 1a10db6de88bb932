"""The public form of a clinic: data of its file, nothing but a lead, a plain one where the file names none."""

from typing import Any

import pytest

from services.intake.domain.leadform import Filled, flaws
from services.intake.forms.views import document_of
from shared.clinicfile.forms import FormLine, LeadForm
from shared.clinicfile.leads import lines_of, public_form
from shared.clinicfile.load import validate
from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import FILE, data

NOBODY = Filled(None, None, None, {})
LINES = ("condition", "symptoms", "antidepressant", "talk_therapy", "tms_suggested")
CONTACT = next(i for i, form in enumerate(data()["forms"]) if form["id"] == "contact")


def refused(form: dict[str, Any], lead_form: dict[str, Any]) -> list[str]:
    """What is said of larkspur's file with parts of its public form, or of `lead_form`, otherwise."""
    whole = data()
    whole["forms"][CONTACT] |= form
    whole["lead_form"] = {"form": "contact"} | lead_form
    _, issues = validate(whole)
    return [str(issue) for issue in issues]


def question(name: str, **parts: Any) -> dict[str, Any]:
    return {"id": name, "type": "text", "text": {"en": "?", "es": "?"}} | parts


def sections(*questions: dict[str, Any]) -> dict[str, Any]:
    always = [question(name) for name in ("given_name", "family_name", "phone", "email")]
    left = [one for one in always if one["id"] not in {other["id"] for other in questions}]
    return {"sections": [{"id": "one", "title": {"en": "One", "es": "Uno"}, "questions": [*left, *questions]}]}


@pytest.mark.parametrize("clinic", FILES)
def test_every_clinic_s_public_form_is_one_of_its_file_in_two_languages(clinic):
    file = FILES[clinic]
    assert public_form(file) is file.form(file.lead_form.form or "")
    assert public_form(file).languages == ("en", "es")


@pytest.mark.parametrize(
    ("clinic", "missing"),
    [
        ("larkspur", set()),
        ("northfield", {"/preferred_time", "/location"}),
        ("coastline", {"/phone", *(f"/lines/{line}" for line in LINES)}),
    ],
)
def test_a_form_asks_what_the_clinic_wants_to_know(clinic, missing):
    assert {flaw.pointer for flaw in flaws(NOBODY, FILES[clinic])} == missing
    asked = lines_of(public_form(FILES[clinic]))
    assert [line.id for line in asked] == ([*LINES] if clinic == "coastline" else [])


def test_it_is_shown_as_every_other_form_in_either_language_with_yes_and_no_alone():
    spanish = document_of(public_form(FILES["coastline"]), "es")
    line = next(q for section in spanish.sections for q in section.questions if q.id == "talk_therapy")
    assert (line.text, [answer.text for answer in line.answers]) == (
        "He estado en terapia de conversación.", ["Sí", "No"]
    )  # fmt: skip
    english = document_of(public_form(FILES["northfield"]), "en")
    place = next(q for section in english.sections for q in section.questions if q.id == "location")
    assert [answer.value for answer in place.answers] == ["oak-street", "mill-road"]


@pytest.mark.parametrize(
    ("form", "lead_form", "says"),
    [
        ({}, {"form": "nowhere"}, "lead_form.form is nowhere, which is no public form; name a form with lead: true"),
        ({}, {"form": "health"}, "lead_form.form is health, which is no public form"),
        ({}, {"kind": "contact_lines"}, "lead_form.kind is contact_lines, but contact asks for web_lead"),
        ({}, {"lines": [{"id": "tired", "text": "Tired?"}]}, "lead_form.lines stands beside form"),
        (sections(question("email", type="date")), {}, "is date, but email is answered by text"),
        (sections(question("tired", type="text")), {}, "is text, but tired is answered by yes_no"),
        (sections(question("family_name", required=False)), {}, "required is false; a lead has a name"),
        (sections(question("tired", type="yes_no", fills="pregnant")), {}, "decides something"),
        (sections(question("location", type="choice", options=[
            {"id": name, "text": {"en": name, "es": name}} for name in ("main", "attic")])), {},
         "options are not the locations of this clinic; write main"),
        ({"sections": [{"id": "one", "title": {"en": "One", "es": "Uno"}, "questions": [question("given_name")]}]}, {},
         "does not ask for phone"),
    ],
    ids=lambda one: str(one)[:30],
)  # fmt: skip
def test_a_public_form_that_asks_for_something_else_than_a_lead_is_refused(form, lead_form, says):
    found = refused(form, lead_form)
    assert any(says in line for line in found), found


def test_a_file_that_names_no_form_has_a_plain_one():
    lines = LeadForm(kind="contact_lines", lines=(FormLine(id="so-so", text="So so?"),))
    form = public_form(FILE.model_copy(update={"lead_form": lines}))
    assert {q.id: q.required for q in form.questions} == {
        "given_name": True, "family_name": True, "phone": True, "email": False, "so-so": True, "message": False,
    }  # fmt: skip
