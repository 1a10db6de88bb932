"""Two identifiers at the chair (domain A.5)."""

from datetime import date

import pytest

from services.scheduling.domain.identity import mismatches
from shared.events.parts import Identity

CARD = Identity(
    legal_name="Zoë Ann Quist", preferred_name="Robin", birth_date=date(1984, 2, 29), sex_at_birth="F",
    record_number="LK-000123",
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "number"),
    [
        ("Zoë Ann Quist", None), ("zoë  ann QUIST ", None), ("Zoe\u0308 Ann Quist", None), ("Robin", None),
        (None, "LK-000123"), (None, "lk-000123"), ("Robin", "LK-000123"),
    ],
)  # fmt: skip
def test_the_same_person_is_recognised(name: str | None, number: str | None) -> None:
    assert mismatches(CARD, date(1984, 2, 29), name, number) == []


@pytest.mark.parametrize(
    ("birth_date", "name", "number", "wrong"),
    [
        (date(1984, 2, 28), "Robin", None, ["birth_date"]),
        (date(1984, 2, 29), "Zoe Ann Quist", None, ["name"]),
        (date(1984, 2, 29), "Zoë Quist", None, ["name"]),
        (date(1984, 2, 29), "Robin", "LK-000124", ["record_number"]),
        (date(1948, 2, 29), "Robert", "LK-1", ["birth_date", "name", "record_number"]),
    ],
)
def test_every_identifier_given_must_agree(
    birth_date: date, name: str | None, number: str | None, wrong: list[str]
) -> None:
    assert mismatches(CARD, birth_date, name, number) == wrong
