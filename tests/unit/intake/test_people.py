"""People: field types of requests, record numbers, likeness in a search."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from services.intake.domain.matching import LIKELY_THE_SAME, Wanted, points, same_name, score
from services.intake.domain.person import Person, names_ketamine, record_number
from services.intake.domain.proxy import ends_at_majority
from services.intake.schemas.fields import Email, Line, Name, Phone
from services.intake.schemas.screening import BloodPressure
from shared.events.parts import Contact, Identity, SeatNeed
from tests.unit.intake.cases import BOISE

JUNE = Person(
    given_name="Juniper", family_name="Ashdown", preferred_name="June", birth_date=date(1986, 3, 14),
    sex_at_birth="female", record_number="000007",
)  # fmt: skip
REACHED = Contact(given_name="June", phone="+12085550117", email="june@example.org")


@pytest.mark.parametrize("said", [None, (), (SeatNeed.WHEELCHAIR, SeatNeed.BARIATRIC)])
def test_others_hear_what_of_the_access_needs_concerns_a_chair_and_whether_anybody_said_so(said):
    person = JUNE.model_copy(update={"access_needs": ("wheelchair",), "seat_needs": said})
    heard = Identity.model_validate_json(person.identity().model_dump_json())
    assert (heard.access_needs, heard.seat_needs) == (("wheelchair",), said)


@pytest.mark.parametrize(
    ("authority", "born", "years", "ends"),
    [
        ("PARENT", date(2010, 3, 14), 18, "2028-03-14T00:00:00-06:00"),
        ("PARENT", date(2008, 2, 29), 18, "2026-03-01T00:00:00-07:00"),
        ("PARENT", date(2010, 3, 14), 21, "2031-03-14T00:00:00-06:00"),
        ("LEGAL_GUARDIAN", date(2010, 3, 14), 18, None),
        ("PATIENT", date(1986, 3, 14), 18, None),
        (None, date(2010, 3, 14), 18, None),
    ],
)  # fmt: skip
def test_only_a_parents_right_ends_by_itself_on_the_birthday_at_the_clinic(authority, born, years, ends):
    found = ends_at_majority(authority, born, years, BOISE)
    assert (found and found.isoformat()) == ends


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("(208) 555-0117", "+12085550117"),
        ("1 208 555 0117", "+12085550117"),
        ("+1-208-555-0117", "+12085550117"),
        ("+44 20 7946 0958", "+442079460958"),
    ],
)
def test_phones_are_kept_in_e164(typed: str, number: str) -> None:
    assert TypeAdapter[str](Phone).validate_python(typed) == number


@pytest.mark.parametrize("typed", ["", "12345", "555-0117", "+1 208 555", "call me", "+999 123", "208-555-0117 ext. 5"])
def test_what_is_no_phone_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError, match="phone_not_valid"):
        TypeAdapter[str](Phone).validate_python(typed)


@pytest.mark.parametrize(
    "typed", ["june", "june@", "@example.org", "june@example", "a b@example.org", "j@exa mple.org"]
)
def test_what_is_no_email_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](Email).validate_python(typed)


@pytest.mark.parametrize(
    "typed",
    [
        "\u0645\u0631\u064a\u0645", "\u05e0\u05d5\u05e2\u05d4", "\u0645\u06cc\u200c\u0646\u0627", "\u674e\u5c0f\u9f99",
        "Nu\u00f1ez \U0001f33b", "\U0001f469\u200d\u2695\ufe0f", "O'Brien-Smith Jr.",
    ],
    ids=["arabic", "hebrew", "persian with a joiner", "chinese", "emoji", "joined emoji", "marks"],
)  # fmt: skip
def test_names_of_all_scripts_are_kept_as_they_are(typed: str) -> None:
    assert TypeAdapter[str](Name).validate_python(f" {typed} ") == typed


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "   ",
        "June\nAshdown",
        "June\x00",
        "x" * 101,
        "\u202eenuJ",
        "Ju\u2066ne",
        "\u200d",
        "Ju\u200bne",
        "June\x1b[0m",
    ],
)
def test_what_is_no_name_is_refused(typed: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter[str](Name).validate_python(typed)


@pytest.mark.parametrize("typed", ["Łucja", "O'Neill", "Ngô Bảo Châu", "李"])
def test_names_are_as_people_write_them(typed: str) -> None:
    assert TypeAdapter[str](Name).validate_python(f" {typed} ") == typed
    assert TypeAdapter[str](Line).validate_python(typed) == typed


@pytest.mark.parametrize(("systolic", "diastolic"), [(39, 30), (301, 80), (999, 80), (120, 19), (120, 201), (80, 80)])
def test_a_pressure_that_cannot_be_is_refused(systolic: int, diastolic: int) -> None:
    with pytest.raises(ValidationError):
        BloodPressure(systolic=systolic, diastolic=diastolic)


@pytest.mark.parametrize(("count", "text"), [(1, "000001"), (999_999, "999999"), (1_000_000, "1000000")])
def test_record_numbers(count: int, text: str) -> None:
    assert record_number(count) == text


@pytest.mark.parametrize(
    ("allergies", "named"),
    [
        ([], False), (["latex"], False), (["ESKETAMINE"], True), (["latex", "Ketamine, IV"], True), (["Ketalar"], True),
        (["Benzethonium chloride"], True), (["edetate disodium"], True), (["EDTA"], True), (["penicillin"], False),
        (["KETAMÍNA"], True), (["keta\u200bmine"], True),
    ],
)  # fmt: skip
def test_allergies_that_name_ketamine(allergies: list[str], named: bool) -> None:
    assert names_ketamine(allergies) is named


@pytest.mark.parametrize(
    ("wanted", "at_least", "at_most"),
    [
        ({"name": "Juniper Ashdown"}, 50, 50),
        ({"name": "june"}, 45, 50),
        ({"name": "Ash"}, 45, 50),
        ({"name": "Ashdwon"}, 35, 49),
        ({"name": "Ashdown", "birth_date": date(1986, 3, 14)}, 80, 80),
        ({"name": "Ashdown", "birth_date": date(1986, 3, 15)}, 20, 20),
        ({"name": "Ashdown", "birth_date": date(1986, 3, 14), "phone": "+12085550117"}, 100, 100),
        ({"phone": "+12085550117"}, 40, 40),
        ({"phone": "+12085550118"}, 0, 0),
        ({"email": "JUNE@example.org"}, 40, 40),
        ({"name": "Zebulon", "birth_date": date(1900, 1, 1)}, 0, 0),
    ],
)
def test_nearer_people_score_higher(wanted: dict[str, Any], at_least: int, at_most: int) -> None:
    nothing = {"name": None, "birth_date": None, "phone": None, "email": None}
    assert at_least <= score(points(Wanted(**nothing | wanted), JUNE, REACHED)) <= at_most


def test_others_hear_the_legal_name_and_call_by_the_preferred_one() -> None:
    assert JUNE.identity().legal_name == "Juniper Ashdown"
    assert JUNE.contact(None, "june@example.org", "America/Boise").given_name == "June"


SELF = Wanted("Juniper Ashdown", JUNE.birth_date, REACHED.phone, REACHED.email)


@pytest.mark.parametrize(
    ("change", "likely"),
    [
        ({}, True),
        ({"phone": None, "email": None}, True),
        ({"name": "Junipar Ashdowne", "phone": None, "email": None}, True),
        ({"birth_date": None, "email": None}, True),
        ({"birth_date": date(2014, 5, 1), "name": "Rowan Ashdown", "email": None}, False),
        ({"birth_date": date(1960, 5, 1), "phone": None, "email": None}, False),
        ({"name": "Rowan Hale", "phone": None, "email": None}, False),
    ],
)
def test_a_likely_duplicate_is_told_with_what_speaks_for_and_against_it(change: dict[str, Any], likely: bool) -> None:
    found = points(replace(SELF, **change), JUNE, REACHED)
    assert (score(found) >= LIKELY_THE_SAME) == likely, found


def test_two_of_one_name_and_birth_date_are_an_alert_whatever_they_are_called() -> None:
    twin = JUNE.model_copy(update={"given_name": "JUNIPER", "preferred_name": None, "record_number": "000009"})
    assert same_name(JUNE, twin)
    assert not same_name(JUNE, twin.model_copy(update={"birth_date": date(1986, 3, 15)}))
    assert not same_name(JUNE, twin.model_copy(update={"given_name": "Junia"}))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (("José", "García-Núñez"), ("Jose", "Garcia Nunez"), True), (("Łucja", "O'Neill"), ("lucja", "ONeill"), True),
        (("Ann", "Lee"), ("Anna", "Lee"), False), (("\U0001f33b", "Lee"), ("\U0001f33c", "Lee"), False),
    ],
)  # fmt: skip
def test_names_that_differ_in_accents_or_hyphens_only_are_an_alert(
    one: tuple[str, str], other: tuple[str, str], same: bool
) -> None:
    people = [JUNE.model_copy(update={"given_name": given, "family_name": family}) for given, family in (one, other)]
    assert same_name(*people) is same
