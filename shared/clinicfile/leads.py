"""The public form of a clinic: a form whose questions are fields of a lead, and lines to be answered with yes or no.

A clinic file names one of its forms. One that names none, or was written before forms were data, gets a plain one in
English that asks what its `kind` says.
"""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from shared.clinicfile.forms import Form, FormLine, Question, QuestionType
from shared.clinicfile.issues import Issue, Path

if TYPE_CHECKING:
    from shared.clinicfile.model import ClinicFile

FIELDS: dict[str, QuestionType] = {
    "given_name": "text", "family_name": "text", "phone": "text", "email": "text", "preferred_time": "text",
    "location": "choice", "message": "text",
}  # fmt: skip
"""Questions that are fields of a lead, and the type that each has; the rest are lines."""
_CONTACT = ("given_name", "family_name", "phone", "email")
_NAMES = ("given_name", "family_name")
_TEXTS = {
    "given_name": "Your given name", "family_name": "Your family name", "phone": "Your phone number",
    "email": "Your e-mail address", "preferred_time": "When would you like to come?",
    "location": "Where would you like to come?", "message": "Your message",
}  # fmt: skip


def public_form(file: "ClinicFile") -> Form:
    """What the clinic's public form asks."""
    named = file.form(file.lead_form.form) if file.lead_form.form else None
    return named or _plain(file)


def lines_of(form: Form) -> tuple[Question, ...]:
    """The lines of a public form, in their order."""
    return tuple(question for question in form.questions if question.id not in FIELDS)


def check_lead_form(file: "ClinicFile") -> Iterator[Issue]:
    """The public form is one of the file's, asks for nothing but a lead, and fits what comes next (`kind`)."""
    lead = file.lead_form
    if lead.form is None:
        if (lead.kind == "contact_lines") != bool(lead.lines):
            yield Issue(("lead_form", "lines"), f"does not fit a {lead.kind}", "give lines to contact_lines only")
        return
    if lead.lines:
        yield Issue(("lead_form", "lines"), "stands beside form, which asks them", "keep form")
    index = next((i for i, form in enumerate(file.forms) if form.id == lead.form), None)
    if index is None or not file.forms[index].lead:
        yield Issue(("lead_form", "form"), f"is {lead.form}, which is no public form", "name a form with lead: true")
        return
    yield from _questions(file, file.forms[index], ("forms", index))
    if (asks := _kind(file.forms[index])) != lead.kind:
        yield Issue(("lead_form", "kind"), f"is {lead.kind}, but {lead.form} asks for {asks}", f"write {asks}")


def _kind(form: Form) -> str:
    if lines_of(form):
        return "contact_lines"
    return "appointment_request" if form.question("location") else "web_lead"


def _questions(file: "ClinicFile", form: Form, at: Path) -> Iterator[Issue]:
    asked = {question.id for question in form.questions}
    for name in _CONTACT:
        if name not in asked:
            yield Issue((*at, "sections"), f"does not ask for {name}", "ask for it: a lead is somebody to be reached")
    for i, section in enumerate(form.sections):
        for k, question in enumerate(section.questions):
            yield from _question(file, question, (*at, "sections", i, "questions", k))


def _question(file: "ClinicFile", question: Question, at: Path) -> Iterator[Issue]:
    wanted = FIELDS.get(question.id, "yes_no")
    if question.type != wanted:
        mend = f"fields are {', '.join(FIELDS)}; everything else is a line"
        yield Issue((*at, "type"), f"is {question.type}, but {question.id} is answered by {wanted}", mend)
    if question.fills or question.show_if or question.dangers:
        yield Issue(at, "decides something", "leave fills, show_if and danger out: a public form leads to a call")
    if question.id in _NAMES and not question.required:
        yield Issue((*at, "required"), "is false", "a lead has a name")
    places = {location.id for location in file.locations}
    if question.id == "location" and {option.id for option in question.options} != places:
        yield Issue((*at, "options"), "are not the locations of this clinic", f"write {', '.join(sorted(places))}")


def _plain(file: "ClinicFile") -> Form:
    request, lines = file.lead_form.kind == "appointment_request", file.lead_form.lines
    sections = [
        ("contact", "How we reach you", [_field(name, required=_asked(file, name)) for name in _CONTACT]),
        ("request", "Your appointment", [_field("preferred_time"), _places(file)] if request else []),
        ("lines", "About you", [_line(line) for line in lines]),
        ("more", "Anything else", [_field("message", required=False)]),
    ]
    return Form.model_validate(
        {
            "id": "lead", "version": 1, "renderer_level": 1, "languages": ["en"], "title": {"en": file.display_name},
            "lead": True,
            "sections": [
                {"id": name, "title": {"en": title}, "questions": questions}
                for name, title, questions in sections if questions
            ],
        }
    )  # fmt: skip


def _line(line: FormLine) -> Question:
    """Not checked again: ids of such lines may have hyphens, which those of questions have not."""
    return Question.model_construct(id=line.id, type="yes_no", text={"en": line.text})


def _asked(file: "ClinicFile", name: str) -> bool:
    return name in _NAMES or (name == "phone" and file.lead_form.kind == "contact_lines")


def _field(name: str, *, required: bool = True) -> dict[str, Any]:
    return {"id": name, "type": FIELDS[name], "text": {"en": _TEXTS[name]}, "required": required}


def _places(file: "ClinicFile") -> dict[str, Any]:
    options = [{"id": place.id, "text": {"en": place.name}} for place in file.locations]
    return _field("location") | {"options": options}
