"""The table of medicines in a clinic file."""

from decimal import Decimal

import pytest

from shared.clinicfile.load import validate
from shared.clinicfile.medicines import as_compared
from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import FILE, data, issues


def test_every_clinic_knows_medicines_of_every_class():
    for file in FILES.values():
        found = {one for medicine in file.medicines for one in medicine.classes}
        assert len(found) == 13, file.clinic


def test_the_equivalents_of_the_domain_are_the_default_and_a_file_may_set_others():
    named = {name: str(mg) for name, mg in FILE.diazepam_equivalents.items()}
    assert named == {
        "diazepam": "10", "alprazolam": "0.5", "lorazepam": "1", "clonazepam": "0.5", "temazepam": "20",
        "oxazepam": "20", "chlordiazepoxide": "25", "triazolam": "0.5",
    }  # fmt: skip
    file, found = validate(data() | {"diazepam_equivalents": {"lorazepam": "2"}})
    assert (found, file.diazepam_equivalents["lorazepam"]) == ([], Decimal(2))
    assert file.diazepam_equivalents["clonazepam"] == Decimal("0.5")


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        (("diazepam_equivalents",), {"lorazpam": 2}, "diazepam_equivalents.lorazpam is no benzodiazepine of medicines"),
        (("diazepam_equivalents",), {"sertraline": 2}, "diazepam_equivalents.sertraline is no benzodiazepine"),
        (("diazepam_equivalents",), {"lorazepam": 0}, "input should be greater than 0"),
        (("medicines", 0, "classes"), ["MIRACLE"], "medicines[0].classes[0] input should be 'MAOI'"),
        (("medicines", 1, "names"), ["Marplan"], "medicines[1].names has marplan, which isocarboxazid has too"),
        (("medicines", 1, "id"), "isocarboxazid", "medicines has the id isocarboxazid 2 times"),
    ],
)
def test_a_mistake_in_the_table_is_told(path, value, says):
    assert any(says in line for line in issues(path, value)), issues(path, value)


@pytest.mark.parametrize(
    ("name", "compared"),
    [
        ("  Xanax-XR,  1 mg ", "xanax xr 1 mg"), ("St. John's wort", "st john s wort"), ("KLONOP\u00cdN", "klonopin"),
        ("\u202eValium", "valium"),
    ],
)  # fmt: skip
def test_names_are_compared_without_case_accents_and_signs(name, compared):
    assert as_compared(name) == compared
