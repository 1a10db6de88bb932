import json
from pathlib import Path

import pytest

from shared.clinicfile.diff import diff
from shared.clinicfile.hash import canonical, clinical_hash, content_hash
from shared.clinicfile.load import parse, validate
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.schema import render
from tests.unit.clinicfile.larkspur import FILE, PATH, TEXT, changed

CHANGES = [
    (("prices", "session_cents", "IV_MOOD_6"), 46000, False),
    (("messages", "sender_name"), "Larkspur", False),
    (("display_name",), "Larkspur", False),
    (("locations", 0, "phone"), "+12085550143", False),
    (("protocols", 0, "dose", "first_dose_cap_mg"), 50, True),
    (("rules", 0, "reason"), "Too young.", True),
    (("rule_set",), "larkspur-2026.12", True),
    (("screening",), {"screening_valid_days": 60}, True),
    (("session",), {"recovery_minutes": 75}, True),
]


def with_change(path, value):
    file, issues = validate(changed(path, value))
    assert issues == []
    return file


def test_the_same_content_has_the_same_hash_however_it_is_written():
    commented = parse("# another comment\n" + TEXT.replace("    hours:", "    hours:   # local"), "x.yaml", PATH.parent)
    assert content_hash(commented) == content_hash(FILE)
    assert content_hash(ClinicFile.model_validate_json(canonical(FILE))) == content_hash(FILE)


@pytest.mark.parametrize(("path", "value", "clinical"), CHANGES)
def test_every_change_changes_the_hash_and_clinical_ones_the_clinical_hash(path, value, clinical):
    other = with_change(path, value)
    assert content_hash(other) != content_hash(FILE)
    assert (clinical_hash(other) != clinical_hash(FILE)) is clinical


@pytest.mark.parametrize(("path", "value", "clinical"), CHANGES)
def test_a_difference_is_clinical_when_the_clinical_hash_differs(path, value, clinical):
    [change] = diff(FILE, with_change(path, value))
    assert change.clinical is clinical


def test_a_difference_names_field_before_and_after():
    lines = [str(change) for change in diff(FILE, with_change(("protocols", 0, "dose", "first_dose_cap_mg"), 50))]
    assert lines == ["~ protocols[IV_MOOD_6].dose.first_dose_cap_mg: 60 -> 50"]


def test_what_goes_and_what_comes_is_shown():
    without = FILE.model_copy(update={"rules": FILE.rules[1:]})
    gone, come = diff(FILE, without), diff(without, FILE)
    assert [change.field for change in gone] == [change.field for change in come]
    assert "- rules[SCR-001].when: age_years < adult_age" in map(str, gone)
    assert "+ rules[SCR-001].when: age_years < adult_age" in map(str, come)


def test_a_file_differs_in_nothing_from_itself_and_in_everything_from_none():
    assert diff(FILE, FILE) == []
    assert len(diff(None, FILE)) > 300


def test_the_schema_beside_the_clinic_files_is_current():
    written = Path(__file__).parents[3] / "clinics" / "clinic-file.schema.json"
    assert written.read_text() == render(), "run python -m shared.clinicfile.schema > clinics/clinic-file.schema.json"
    assert json.loads(render())["additionalProperties"] is False
