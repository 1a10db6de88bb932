"""What a prescriber may answer for at the door (domain A.6, C.5, H.5)."""

import pytest

from services.scheduling.domain.discharge import Unmet
from services.scheduling.domain.leaving import may_be_overridden, still_unmet


@pytest.mark.parametrize(
    ("code", "spray", "may"),
    [
        ("NO_ESCORT", False, True), ("NO_ESCORT", True, True), ("PRESSURE_HIGH", False, True),
        ("OBSERVATION_TOO_SHORT", False, True), ("OBSERVATION_TOO_SHORT", True, False),
        ("SUICIDE_CONCERN", False, False), ("SUICIDE_CONCERN", True, False),
    ],
)  # fmt: skip
def test_a_concern_and_the_programmes_two_hours_are_nobodys_to_override(code: str, spray: bool, may: bool) -> None:
    assert may_be_overridden(code, spray=spray) is may


def test_each_criterion_needs_an_answer_of_its_own() -> None:
    unmet = [Unmet(code, "/x", True, {}) for code in ("NO_ESCORT", "IV_STILL_IN", "DISSOCIATED")]
    assert [one.code for one in still_unmet(unmet, ["IV_STILL_IN"])] == ["NO_ESCORT", "DISSOCIATED"]
    assert still_unmet(unmet, ["DISSOCIATED", "NO_ESCORT", "IV_STILL_IN"]) == []
