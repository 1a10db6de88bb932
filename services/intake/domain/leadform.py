"""What a clinic's public form asks, and what an answer lacks. An answer leads to a call, never to a decision."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

from shared.clinicfile.forms import Form
from shared.clinicfile.leads import lines_of, public_form
from shared.clinicfile.model import ClinicFile

NextStep = Literal["STAFF_WILL_CALL", "STAFF_WILL_CONTACT"]


class Flaw(NamedTuple):
    """A field that is not right: pointer, code, and what would be."""

    pointer: str
    code: str
    params: dict[str, Any]


class Filled(NamedTuple):
    """What was filled in beside name, contact and message."""

    phone: str | None
    preferred_time: str | None
    location: str | None
    lines: Mapping[str, bool]


def flaws(filled: Filled, file: ClinicFile) -> list[Flaw]:
    """Everything that the clinic's form asks and the answer lacks, or answers without being asked."""
    form = public_form(file)
    return [
        *_missing(form, "preferred_time", filled.preferred_time),
        *_location_flaws(filled, form, [location.id for location in file.locations]),
        *_line_flaws(filled, form),
        *_missing(form, "phone", filled.phone),
    ]


def _missing(form: Form, name: str, answer: str | None, **params: Any) -> Iterator[Flaw]:
    question = form.question(name)
    if question is not None and question.required and answer is None:
        yield Flaw(f"/{name}", "MISSING", params)


def _location_flaws(filled: Filled, form: Form, known: list[str]) -> Iterator[Flaw]:
    """A place is one of the clinic's, asked or not."""
    if filled.location is not None and filled.location not in known:
        yield Flaw("/location", "UNKNOWN_LOCATION", {"known": known})
    yield from _missing(form, "location", filled.location, known=known)


def _line_flaws(filled: Filled, form: Form) -> Iterator[Flaw]:
    """Every line is answered that must be, and nothing else is."""
    lines = {line.id: line.required for line in lines_of(form)}
    yield from (Flaw(f"/lines/{line}", "MISSING", {}) for line in lines if lines[line] and line not in filled.lines)
    yield from (Flaw(f"/lines/{line}", "UNKNOWN_LINE", {}) for line in filled.lines if line not in lines)


def next_step(file: ClinicFile) -> NextStep:
    """What happens next, as it is told to whoever filled in the form."""
    return "STAFF_WILL_CALL" if file.lead_form.kind == "contact_lines" else "STAFF_WILL_CONTACT"


MESSAGES: dict[NextStep, str] = {
    "STAFF_WILL_CALL": "Thank you. We will call you.",
    "STAFF_WILL_CONTACT": "Thank you. We will get in touch with you.",
}
