"""How near a patient is to what was searched for: scored after unsealing, since blind indexes only say "perhaps"."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher
from typing import Literal

from services.intake.domain.person import Person
from shared.events.parts import Contact
from shared.words import words

NAME_POINTS, BIRTH_POINTS, REACHED_POINTS = 50, 30, 40
LIKELY_THE_SAME = 60  # two who share a phone and a family name, and no birth date, stay below
Sign = Literal["NAME", "BIRTH_DATE", "PHONE", "EMAIL"]


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of the person who is looked for."""

    name: str | None
    birth_date: date | None
    phone: str | None
    email: str | None


def points(wanted: Wanted, person: Person, contact: Contact) -> dict[Sign, int]:
    """What speaks for it and against it: name by likeness, phone and e-mail if equal, birth date either way."""
    found: dict[Sign, int] = {}
    if wanted.name:
        found["NAME"] = round(NAME_POINTS * likeness(wanted.name, person))
    if wanted.birth_date:
        found["BIRTH_DATE"] = BIRTH_POINTS if wanted.birth_date == person.birth_date else -BIRTH_POINTS
    if wanted.phone and wanted.phone == contact.phone:
        found["PHONE"] = REACHED_POINTS
    if wanted.email and wanted.email.casefold() == (contact.email or "").casefold():
        found["EMAIL"] = REACHED_POINTS
    return found


def score(found: Mapping[Sign, int]) -> int:
    """0 to 100: the points together."""
    return max(0, min(100, sum(found.values())))


def same_name(one: Person, other: Person) -> bool:
    """Whether two people cannot be told apart by name and birth date, accents and hyphens aside: a third identifier is
    asked for (H.6)."""
    return _legal(one) == _legal(other) and one.birth_date == other.birth_date


def _legal(person: Person) -> list[list[str]]:
    """A name without letters is compared as it stands."""
    return [words(name) or [name.casefold()] for name in (person.given_name, person.family_name)]


def likeness(name: str, person: Person) -> float:
    """0 to 1: how well each word of `name` is found among the person's names, on average."""
    known = f"{person.given_name} {person.family_name} {person.preferred_name or ''}".casefold().split()
    asked = name.casefold().split()
    return sum(max(_word_likeness(word, other) for other in known) for word in asked) / len(asked)


def _word_likeness(word: str, other: str) -> float:
    return 0.95 if other.startswith(word) and other != word else SequenceMatcher(None, word, other).ratio()
