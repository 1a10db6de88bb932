"""What a text may say, and how long it is (domain E.3, E.5)."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clinicfile.lint import Finding, Length, fill, lint, lint_template, measure

PORTAL = "https://portal.example.org/p"
SAMPLES = {
    "given_name": "Ana", "sender": "Oak Clinic", "day": "Tue Dec 1", "time": "9:00 AM", "place": "1 Main St.",
    "phone": "+12085550100", "link": PORTAL,
}  # fmt: skip


def codes(text: str) -> list[str]:
    return [finding.code for finding in lint(text, PORTAL)]


@pytest.mark.parametrize(
    "text",
    [
        "Hi Ana, your visit at Oak Clinic is Tue 9:00. Reply C to confirm, STOP to opt out",
        f"Details: {PORTAL}/visits",
        "Call (208) 555-0100 or write to desk@oak.example.",
        "Suite 25, 100 Main St. Bring a friend.Thanks",
        "Your appointment with Dr. Co is at 9.30",
        "Hola José, su visita es mañana",
        "A labrador and a collaboration, a payphone, a costume",
    ],
)
def test_neutral_texts_pass(text: str) -> None:
    assert lint(text, PORTAL) == []


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("your ketamine infusion is tomorrow", "DRUG"),
        ("PHQ-9 due", "SCORE"),
        ("balance $400", "MONEY"),
        ("KETAMINE", "DRUG"),
        ("Ｋｅｔａｍｉｎｅ", "DRUG"),
        ("ket\u200bamine", "DRUG"),
        ("kétamine", "DRUG"),
        ("su dosis de ketamina", "DRUG"),
        ("Spravato day", "DRUG"),
        ("esketamine", "DRUG"),
        ("infusión mañana", "TREATMENT"),
        ("psychiatric visit", "TREATMENT"),
        ("consulta psiquiátrica", "TREATMENT"),
        ("for your depression", "DIAGNOSIS"),
        ("su ansiedad", "DIAGNOSIS"),
        ("your PTSD group", "DIAGNOSIS"),
        ("GAD-7 form", "SCORE"),
        ("you take 25 mg", "DOSE"),
        ("25mg", "DOSE"),
        ("0.5 mg/kg", "DOSE"),
        ("insurance card please", "MONEY"),
        ("pay €20", "MONEY"),
        ("20 USD", "MONEY"),
        ("precio especial", "MONEY"),
        ("lab today", "LAB"),
        ("Suicide", "CRISIS_WORD"),
        ("self-harm", "CRISIS_WORD"),
        ("see http://portal.example.org/p", "LINK_NOT_HTTPS"),
        ("see portal.example.org/p", "LINK_NOT_HTTPS"),
        (f"see {PORTAL}?patient=7", "LINK_QUERY"),
        (f"see {PORTAL}#7", "LINK_QUERY"),
        ("see https://elsewhere.example/p", "LINK_FOREIGN"),
        ("see https://portal.example.org.evil.com/p", "LINK_FOREIGN"),
        ("see https://portal.example.org@evil.com/p", "LINK_FOREIGN"),
        ("Hi win.com your visit", "LINK_FOREIGN"),
        ("Hi www.win.de your visit", "LINK_FOREIGN"),
        ("Hi ev\u200bil.com", "LINK_FOREIGN"),
        ("a" * 307, "TOO_LONG"),
        ("ä" * 100 + "ű" * 40, "TOO_LONG"),
    ],
)
def test_forbidden_texts_are_named(text: str, code: str) -> None:
    assert code in codes(text)


def test_a_portal_on_this_machine_may_speak_http() -> None:
    assert lint("see http://localhost/portal", "http://localhost/portal") == []
    assert lint("see http://clinic.example/p", "http://clinic.example/p")[0].code == "LINK_NOT_HTTPS"


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("", Length("GSM7", 0, 1)),
        ("a" * 160, Length("GSM7", 160, 1)),
        ("a" * 161, Length("GSM7", 161, 2)),
        ("a" * 306, Length("GSM7", 306, 2)),
        ("a" * 307, Length("GSM7", 307, 3)),
        ("€" * 80, Length("GSM7", 160, 1)),
        ("a" * 152 + "€" + "a" * 151, Length("GSM7", 305, 2)),
        (
            "a" * 152 + "€" + "a" * 152,
            Length("GSM7", 306, 3),
        ),  # the escape is not split: one unit of the first part is lost
        ("ű" * 70, Length("UCS2", 70, 1)),
        ("ű" * 71, Length("UCS2", 71, 2)),
        ("ű" * 134, Length("UCS2", 134, 2)),
        ("see you 😀", Length("UCS2", 10, 1)),
        ("ű" * 66 + "😀" + "ű" * 66, Length("UCS2", 134, 3)),
    ],
)
def test_length(text: str, length: Length) -> None:
    assert measure(text) == length


def test_ucs2_is_a_flag_and_not_a_failure() -> None:
    assert lint("see you 😀", PORTAL) == []
    assert measure("see you 😀").encoding == "UCS2"


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("Hi {given_name}, {day} at {time}, {place}. {phone} {link}", []),
        ("Hi {birth_date}", [Finding("UNKNOWN_PLACEHOLDER", "birth_date")]),
        ("Hi {given_name.__class__}", [Finding("UNKNOWN_PLACEHOLDER", "given_name.__class__")]),
        ("Hi {}", [Finding("UNKNOWN_PLACEHOLDER", "")]),
        ("Hi {given_name", [Finding("STRAY_BRACE", "Hi {given_name")]),
        ("{sender}: infusion", [Finding("TREATMENT", "infusion")]),
    ],
)
def test_templates(template: str, found: list[Finding]) -> None:
    assert lint_template(template, SAMPLES, PORTAL) == found


def test_a_value_with_braces_is_not_filled_again() -> None:
    assert fill("Hi {given_name} {day}", SAMPLES | {"given_name": "{phone}"}) == "Hi {phone} Tue Dec 1"


@given(st.text(max_size=400))
def test_a_text_needs_at_least_the_parts_its_units_fill(text: str) -> None:
    length = measure(text)
    whole, part = (160, 153) if length.encoding == "GSM7" else (70, 67)
    assert (length.parts == 1) is (length.units <= whole)
    assert length.parts == 1 or length.parts * part >= length.units
    assert len(text) <= length.units <= 2 * len(text)


@given(st.text(max_size=80))
def test_linting_never_fails_and_an_added_drug_name_is_always_found(text: str) -> None:
    lint(text, PORTAL)
    assert "DRUG" in codes(f"{text} ketamine {text}")
