"""Blind indexes: what finds whom, and that nothing can be read from them."""

from datetime import date
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.events.parts import Contact, Identity
from shared.searchindex import SearchIndex, e164, soundex
from shared.words import words

ORGANISATION = UUID(int=1)
INDEX = SearchIndex(b"k" * 32, ORGANISATION)
JANE = Identity(
    legal_name="Łucja O'Neill-Müller", preferred_name="Lucy", birth_date=date(1980, 2, 29), sex_at_birth="female",
    record_number="L-1",
)  # fmt: skip
REACHED = Contact(given_name="Lucy", phone="(208) 555-0123", email="Lucy@Example.test ")
STORED = INDEX.tokens_for(JANE, REACHED)


@pytest.mark.parametrize(
    ("question", "kinds"),
    [
        ({"name": "lucja"}, {"prefix", "sound"}),
        ({"name": "LUC"}, {"prefix", "sound"}),
        ({"name": "Mul"}, {"prefix"}),
        ({"name": "Muller"}, {"prefix", "sound"}),
        ({"name": "Miller"}, {"sound"}),
        ({"name": "oneill"}, {"prefix", "sound"}),
        ({"name": "O’Neil"}, {"prefix", "sound"}),
        ({"name": "Müller", "birth_date": date(1980, 2, 29)}, {"prefix", "sound", "birth"}),
        ({"name": "Müller", "birth_date": date(1980, 2, 28)}, {"prefix", "sound"}),
        ({"birth_date": date(1980, 2, 29)}, set()),
        ({"phone": "+1 208.555.0123"}, {"phone"}),
        ({"phone": "2085550124"}, set()),
        ({"phone": "call me"}, set()),
        ({"email": "LUCY@example.TEST"}, {"email"}),
        ({"name": "Bob"}, set()),
        ({"name": "  "}, set()),
    ],
)
def test_what_finds_her(question: dict[str, object], kinds: set[str]) -> None:
    asked = INDEX.tokens_for_query(**question)  # type: ignore[arg-type]  # a table of keyword arguments
    assert {kind for kind, tokens in asked.items() if tokens & STORED} == kinds


@pytest.mark.parametrize(
    ("word", "code"),
    [("robert", "R163"), ("rupert", "R163"), ("rubin", "R150"), ("ashcraft", "A261"), ("ashcroft", "A261"),
     ("tymczak", "T522"), ("pfister", "P236"), ("honeyman", "H555"), ("jackson", "J250"), ("gutierrez", "G362"),
     ("lee", "L000"), ("washington", "W252"), ("李", None), ("łucja", None), ("", None)],
)  # fmt: skip
def test_soundex_vectors_of_the_national_archives(word: str, code: str | None) -> None:
    assert soundex(word) == code


@pytest.mark.parametrize(
    ("name", "folded"),
    [("José", ["jose"]), ("Straße", ["strasse"]), ("Jo-Ann  Smith, Jr.", ["jo", "ann", "smith", "jr"]),
     ("李小龙", ["李小龙"]), ("D'Arcy", ["darcy"]), ("Ngô", ["ngo"]), ("Øre", ["ore"]), ("X Æ A-12", ["x", "ae", "a"])],
)  # fmt: skip
def test_names_are_folded(name: str, folded: list[str]) -> None:
    assert words(name) == folded


@pytest.mark.parametrize(
    ("typed", "number"),
    [("208-555-0123", "+12085550123"), ("+44 20 7946 0018", "+442079460018"), ("12", None), ("", None), ("x", None)],
)
def test_numbers_in_e164(typed: str, number: str | None) -> None:
    assert e164(typed) == number


def test_tokens_are_of_one_organisation_and_one_key() -> None:
    others = (SearchIndex(b"k" * 32, UUID(int=2)), SearchIndex(b"l" * 32, ORGANISATION))
    assert all(not index.tokens_for(JANE, REACHED) & STORED for index in others)


def test_tokens_are_digests_alone() -> None:
    assert all(len(token) == 64 and int(token, 16) >= 0 for token in STORED)


def test_a_lead_is_found_by_contact_alone() -> None:
    lead = INDEX.tokens_for(None, REACHED)
    assert INDEX.tokens_for_query(phone="2085550123")["phone"] <= lead
    assert INDEX.tokens_for(None, None) == frozenset()


@given(st.text(max_size=30), st.integers(min_value=3, max_value=30))
def test_any_beginning_of_three_letters_finds_the_word(name: str, length: int) -> None:
    stored = INDEX.tokens_for(None, Contact(given_name=name))
    for word in words(name):
        asked = INDEX.tokens_for_query(name=word[:length])
        assert asked["prefix"] & stored or words(word[:length]) != [word[:length]]
