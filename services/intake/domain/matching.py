"""How near a patient is to what was searched for: scored after unsealing, since blind indexes only say "perhaps"."""

from dataclasses import dataclass
from datetime import date
from difflib import SequenceMatcher

from services.intake.domain.person import Person
from shared.events.parts import Contact

NAME_POINTS, BIRTH_POINTS, REACHED_POINTS = 50, 30, 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is known of the person who is looked for."""

    name: str | None
    birth_date: date | None
    phone: str | None
    email: str | None


def score(wanted: Wanted, person: Person, contact: Contact) -> int:
    """0 to 100 points: name by likeness, phone and e-mail if equal, birth date for or against."""
    points = round(NAME_POINTS * likeness(wanted.name, person)) if wanted.name else 0
    if wanted.birth_date:
        points += BIRTH_POINTS if wanted.birth_date == person.birth_date else -BIRTH_POINTS
    if wanted.phone and wanted.phone == contact.phone:
        points += REACHED_POINTS
    if wanted.email and wanted.email.casefold() == (contact.email or "").casefold():
        points += REACHED_POINTS
    return max(0, min(100, points))


def likeness(name: str, person: Person) -> float:
    """0 to 1: how well each word of `name` is found among the person's names, on average."""
    known = f"{person.given_name} {person.family_name} {person.preferred_name or ''}".casefold().split()
    asked = name.casefold().split()
    return sum(max(_word_likeness(word, other) for other in known) for word in asked) / len(asked)


def _word_likeness(word: str, other: str) -> float:
    return 0.95 if other.startswith(word) and other != word else SequenceMatcher(None, word, other).ratio()
