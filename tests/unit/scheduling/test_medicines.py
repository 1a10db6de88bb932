"""Medicines beside a dose: the limits of their order, and allergies as they are written."""

from decimal import Decimal

import pytest

from services.scheduling.domain.medicines import Earlier, medicine_refusals
from shared.events.prescribing import StandingOrderContent
from tests.unit.scheduling.kit import NOON, at

HOUR = 60
ONDANSETRON = StandingOrderContent(
    id="ondansetron", kind="PRN", drug="ondansetron", dose=Decimal(4), unit="mg", route="IV", indication="nausea",
    max_per_session=2, max_per_24h=3, min_interval_minutes=30,
)  # fmt: skip


def refused(*given: tuple[float, bool], allergies: tuple[str, ...] = ()) -> list[str]:
    """`given`: minutes from now, and whether in this session."""
    earlier = [Earlier(at(minute), here) for minute, here in given]
    names = ("Zofran", "setron")
    return [one.code for one in medicine_refusals(ONDANSETRON, names, allergies, earlier, NOON)]


@pytest.mark.parametrize(
    ("given", "codes"),
    [
        ([], []),
        ([(-29.99, True)], ["TOO_SOON"]),
        ([(-30, True)], []),
        ([(29, True)], ["TOO_SOON"]),
        ([(-90, True), (-45, True)], ["MAX_PER_SESSION"]),
        ([(-20 * HOUR, False), (-19 * HOUR, False), (-45, True)], ["MAX_PER_24H"]),
        ([(-24 * HOUR, False), (-19 * HOUR, False), (-45, True)], []),
        ([(-3 * HOUR, False), (-45, True), (-10, True)], ["MAX_PER_SESSION", "MAX_PER_24H", "TOO_SOON"]),
    ],
)
def test_a_medicine_keeps_the_limits_of_its_order(given: list[tuple[float, bool]], codes: list[str]) -> None:
    assert refused(*given) == codes


@pytest.mark.parametrize(
    ("allergies", "codes"),
    [
        (("Penicillin", "peanuts"), []),
        (("none",), []),
        (("NKDA", " "), []),
        (("Zofran (rash)",), ["ALLERGY_TO_DRUG"]),
        (("ondansetron",), ["ALLERGY_TO_DRUG"]),
        (("granisetron",), ["ALLERGY_TO_DRUG"]),
        (("Ondans",), ["ALLERGY_TO_DRUG"]),
        (("on",), []),
        (("unknown",), ["ALLERGIES_UNKNOWN"]),
        (("?", "zofran"), ["ALLERGIES_UNKNOWN", "ALLERGY_TO_DRUG"]),
    ],
)
def test_an_allergy_however_it_is_written_keeps_its_drug_away(allergies: tuple[str, ...], codes: list[str]) -> None:
    assert refused(allergies=allergies) == codes
