"""The rule set that clinic files are compared with is the one under `clinics/rules`."""

from shared.clinicfile.shipped import KEPT, render


def test_the_shipped_rules_that_are_kept_are_current():
    assert KEPT.read_text() == render(), "run python -m shared.clinicfile.shipped"
