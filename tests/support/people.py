"""A cast whose every personal field holds a mark that stands nowhere else, so that it can be looked for."""

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from cli.demo.people import CAST, Cast, Person


def _marked(person: Person, n: int) -> Person:
    return replace(
        person,
        given_name=f"Qxgiven{n}", family_name=f"Qxfamily{n}", preferred_name=f"Qxpreferred{n}",
        phone=f"+1208555017{n}", email=f"qxmail{n}@example.org", birth_date=date(1970 + n, 3, 17),
        address={"line": f"Qxstreet{n} Lane", "city": f"Qxcity{n}", "state": "ID", "postal_code": f"8379{n}"},
        allergies=(f"qxallergy{n}",), preferred_time=f"qxtime{n}", message=f"qxmessage{n}", weight_kg=f"7{n}.37",
        escort={"name": f"Qxescort{n}", "phone": f"+1208555018{n}"},
    )  # fmt: skip


MARKED = Cast(
    treated=_marked(CAST.treated, 1),
    deferred=_marked(CAST.deferred, 2),
    endangered=_marked(CAST.endangered, 3),
    review_note="qxnote",
)
MARKS = (
    "qxgiven", "qxfamily", "qxpreferred", "qxmail", "qxstreet", "qxcity", "qxallergy", "qxtime", "qxmessage",
    "qxescort", "qxnote", "5550171", "5550172", "5550173", "5550181", "5550182", "5550183", "1971-03-17", "1972-03-17",
    "1973-03-17", "71.37", "72.37", "73.37",
)  # fmt: skip


def marks_in(text: str) -> list[str]:
    """The marks that stand in a text, however it is written."""
    plain = text.lower()
    return [mark for mark in MARKS if mark in plain]


def stranger(key: UUID) -> dict[str, str]:
    """A name and a birth date like nobody else's, so that thousands are not looked through for one and the same."""
    born = date(1945, 1, 1) + timedelta(days=key.int % 21_000)
    return {"legal_given_name": "Hazel", "legal_family_name": family_name_of(key), "birth_date": str(born)}


def family_name_of(key: UUID) -> str:
    return "".join(chr(ord("a") + int(digit, 16)) for digit in key.hex[-12:]).title()
