"""What a clinic's public form asks, and what an answer lacks. An answer leads to a call, never to a decision."""

from collections.abc import Iterator, Mapping
from typing import Any, Literal, NamedTuple

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
    kind = file.lead_form.kind
    return [
        *_location_flaws(filled, file, asked=kind == "appointment_request"),
        *_line_flaws(filled, file, asked=kind == "contact_lines"),
        *([Flaw("/phone", "MISSING", {})] if kind == "contact_lines" and filled.phone is None else []),
    ]


def _location_flaws(filled: Filled, file: ClinicFile, *, asked: bool) -> Iterator[Flaw]:
    """An appointment request says when and where."""
    if asked and filled.preferred_time is None:
        yield Flaw("/preferred_time", "MISSING", {})
    known = [location.id for location in file.locations]
    if filled.location is not None and filled.location not in known:
        yield Flaw("/location", "UNKNOWN_LOCATION", {"known": known})
    elif asked and filled.location is None:
        yield Flaw("/location", "MISSING", {"known": known})


def _line_flaws(filled: Filled, file: ClinicFile, *, asked: bool) -> Iterator[Flaw]:
    """Every line is answered, and nothing else is."""
    lines = [line.id for line in file.lead_form.lines] if asked else []
    yield from (Flaw(f"/lines/{line}", "MISSING", {}) for line in lines if line not in filled.lines)
    yield from (Flaw(f"/lines/{line}", "UNKNOWN_LINE", {}) for line in filled.lines if line not in lines)


def next_step(file: ClinicFile) -> NextStep:
    """What happens next, as it is told to whoever filled in the form."""
    return "STAFF_WILL_CALL" if file.lead_form.kind == "contact_lines" else "STAFF_WILL_CONTACT"


MESSAGES: dict[NextStep, str] = {
    "STAFF_WILL_CALL": "Thank you. We will call you.",
    "STAFF_WILL_CONTACT": "Thank you. We will get in touch with you.",
}
