"""Two identifiers at the chair (domain A.5): the birth date, and the name or the record number."""

import unicodedata
from datetime import date

from shared.events.parts import Identity


def mismatches(card: Identity, birth_date: date, name: str | None, record_number: str | None) -> list[str]:
    """Which given identifiers differ from the card: `birth_date`, `name`, `record_number`. Empty: identified."""
    names = {_plain(n) for n in (card.legal_name, card.preferred_name) if n}
    wrong = {
        "birth_date": birth_date != card.birth_date,
        "name": name is not None and _plain(name) not in names,
        "record_number": record_number is not None and _plain(record_number) != _plain(card.record_number),
    }
    return [identifier for identifier, differs in wrong.items() if differs]


def _plain(text: str) -> str:
    """Case, spacing and composed accents do not make another person; a missing accent or letter does."""
    return " ".join(unicodedata.normalize("NFC", text).casefold().split())
