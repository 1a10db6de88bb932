"""Every mistake is told with line, field, what is wrong and what to do."""

from pathlib import Path

import pytest

from shared.clinicfile.load import InvalidClinicFile, load, parse
from shared.clinicfile.yamlpositions import NotReadable, read
from tests.unit.clinicfile.larkspur import FILE, PATH, TEXT


def refusal(text):
    with pytest.raises(InvalidClinicFile) as refused:
        parse(text, "larkspur.yaml", PATH.parent)
    return refused.value


def line_of(start, text=TEXT):
    return next(number for number, line in enumerate(text.splitlines(), start=1) if line.strip().startswith(start))


@pytest.mark.parametrize(
    ("old", "new", "at", "field", "says"),
    [
        ("zone: America/Boise", "zone: Mars/Olympus", "zone:", "zone", "is not an IANA time zone"),
        ("display_name: Larkspur Clinic", "displayname: Larkspur", "displayname:", "displayname", "is not a field"),
        ('phone: "+12085550142"', "phone: 555-0142", "phone:", "locations[0].phone", "should match pattern"),
        ("IV_MOOD_6: 45000", "IV_MOOD_6: 450.50", "IV_MOOD_6:", "prices.session_cents.IV_MOOD_6", "integer"),
        (
            "first_dose_cap_mg: 60",
            "first_dose_cap_mg: sixty",
            "first_dose_cap_mg",
            "protocols[0].dose.first_dose",
            "int",
        ),
        ("  - id: LRK-001", "  - id: LRK1", "- id: LRK1", ".id", "should match pattern"),
        ("modality: IV_PAIN", "modality: IV_TEETH", "modality: IV_TEETH", "protocols[4].modality", "should be"),
        (
            "when: psychosis_history",
            "when: psychosis",
            "when: psychosis",
            ".when",
            "psychosis, which is no known",
        ),
    ],
)
def test_a_mistake_names_line_and_field(old, new, at, field, says):
    text = TEXT.replace(old, new, 1)
    found = [str(issue) for issue in refusal(text).issues]
    assert any(f"line {line_of(at, text)}," in line and field in line and says in line for line in found), found


def test_a_missing_field_is_told_at_the_thing_it_is_missing_from():
    found = refusal(TEXT.replace("    modality: IV_MOOD\n", "", 1))
    assert [str(issue) for issue in found.issues] == [
        f"line {line_of('- id: IV_MOOD_6')}, column 5: protocols[0].modality is missing; add it"
    ]


@pytest.mark.parametrize(
    ("old", "new", "what_to_do"),
    [
        ("first_dose_cap_mg: 60", "first_dose_cap_mg: 60.5", "write a whole number"),
        ("first_dose_cap_mg: 60", "first_dose_cap_mg: sixty", "write a whole number"),
        ("protocols:", "controlled: {stock_for_dose: maybe}\nprotocols:", "write true or false"),
        ("protocols:", "controlled: {stock_for_dose: [true]}\nprotocols:", "write true or false"),
        ("modality: IV_PAIN", "modality: IV_TEETH", "use one of those"),
    ],
)
def test_a_value_of_another_kind_is_told_with_what_to_write(old, new, what_to_do):
    found = [str(issue) for issue in refusal(TEXT.replace(old, new, 1)).issues]
    assert any(line.endswith(f"; {what_to_do}") for line in found), found


def test_every_mistake_is_told_at_once_in_file_order_with_the_file_s_name():
    text = TEXT.replace("zone: America/Boise", "zone: Nowhere").replace("currency: USD", "currency: dollars")
    text = text.replace("weight_known || ", "", 1)
    lines = str(refusal(text)).splitlines()
    assert len(lines) == 2
    assert all(line.startswith("larkspur.yaml, line ") for line in lines)
    assert "zone" in lines[0]
    assert "prices.currency" in lines[1]


def test_a_key_that_stands_twice_is_refused_with_both_lines():
    text = TEXT.replace("display_name: Larkspur Clinic", "display_name: Larkspur\ndisplay_name: Larkspur Clinic")
    assert "line 6, column 1: display_name stands twice, first on line 5; keep one of the two" in str(refusal(text))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "is empty"),
        ("a: [1, 2", "is not YAML"),
        ("a: b: c", "is not YAML"),
        ("a: 1\n---\nb: 2", "is not YAML"),
        ("a: !!python/name:os.system x", "tag that is not allowed"),
        ("a: !secret x", "tag that is not allowed"),
        ("[1, 2]: x", "key that is not text"),
        ("a: \x00", "characters that YAML does not allow"),
        ("a: &a [*a]", "contains itself"),
        ("a: *nobody", "is not YAML"),
    ],
)
def test_what_is_no_plain_yaml_is_refused(text, says):
    with pytest.raises(NotReadable, match=says):
        read(text)


def test_aliases_cannot_blow_up():
    layers = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    layers += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    with pytest.raises(NotReadable, match="too large"):
        read("\n".join(layers))


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("17:00", "17:00"), ("yes", "yes"), ("no", "no"), ("on", "on"), ("012", "012"), ("1_000", "1_000"),
        ("2026-11-30", "2026-11-30"), ("0x10", "0x10"), (".5", ".5"), ("<<", "<<"), ("0.5", 0.5), ("45000", 45000),
        ("-3", -3), ("true", True), ("null", None), ("", None), ('"45000"', "45000"),
    ],
)  # fmt: skip
def test_scalars_mean_what_they_mean_in_json(scalar, value):
    assert read(f"a: {scalar}").data == {"a": value}


def test_a_file_that_is_not_there_is_said_to_be_unreadable(tmp_path: Path):
    with pytest.raises(InvalidClinicFile, match=r"none\.yaml, line 1, column 1: the file cannot be read"):
        load(tmp_path / "none.yaml")


def test_a_file_that_is_not_utf_8_is_refused(tmp_path: Path):
    path = tmp_path / "latin.yaml"
    path.write_bytes("display_name: Café".encode("latin-1"))
    with pytest.raises(InvalidClinicFile, match="is not UTF-8 text"):
        load(path)


def test_the_sample_file_is_right():
    assert (FILE.organisation, FILE.clinic, FILE.zone) == ("wellmeadow", "larkspur", "America/Boise")
    assert len(FILE.locations[0].chairs) == 4
    assert set(FILE.prices.session_cents.values()) == {45000}
