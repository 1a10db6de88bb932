"""Standing and PRN orders beside a dose: what an allergy, a fact, or not knowing forbids."""

from decimal import Decimal
from typing import Any

import pytest

from services.intake.domain.known import KnownFact
from services.intake.domain.standing import content, contradicts, known_allergies, refusals
from shared.clinicfile.prescribing import StandingOrder
from tests.unit.intake.cases import NOW, larkspur

ONDANSETRON = StandingOrder(
    id="ondansetron", kind="PRN", drug="ondansetron", names=("Zofran", "5-HT3 antagonist"), dose=Decimal(4), unit="mg",
    route="IV", indication="nausea", max_per_session=2, max_per_24h=2, min_interval_minutes=30,
    contraindicating_facts=("rhythm_therapy",),
)  # fmt: skip


@pytest.mark.parametrize(
    ("recorded", "none_stated", "known"),
    [
        ((), False, None),
        ((), True, ()),
        (("NKDA",), False, ()),
        (("No known allergies",), False, ()),
        (("Penicillin", " latex "), False, ("latex", "penicillin")),
        (("penicillin", "none"), False, ("penicillin",)),
        (("unknown",), False, None),
        (("Unknown, ask the daughter",), True, None),
        (("desconocidas",), False, None),
        (("penicillin", "?"), True, None),
        (("", "  "), False, None),
    ],
)
def test_not_knowing_of_an_allergy_is_not_knowing_that_there_is_none(
    recorded: tuple[str, ...], none_stated: bool, known: tuple[str, ...] | None
) -> None:
    assert known_allergies(recorded, none_stated=none_stated) == known


@pytest.mark.parametrize(
    ("recorded", "against"), [((), False), (("nka",), False), (("latex",), True), (("unknown",), True)]
)
def test_nobody_states_that_there_are_none_against_the_record(recorded: tuple[str, ...], against: bool) -> None:
    assert contradicts(recorded) is against


def codes(allergies: tuple[str, ...] | None, rhythm: bool | None = False) -> list[str]:
    facts = {} if rhythm is None else {"rhythm_therapy": KnownFact(value=rhythm, source="patient", as_of=NOW)}
    return [refusal.code for refusal in refusals(ONDANSETRON, allergies, facts, "/standing/0")]


@pytest.mark.parametrize(
    ("allergies", "rhythm", "expected"),
    [
        ((), False, []),
        (("penicillin",), False, []),
        (("ondansetron",), False, ["ALLERGY_TO_DRUG"]),
        (("ONDANSETRON 4 mg: hives",), False, ["ALLERGY_TO_DRUG"]),
        (("ondan",), False, ["ALLERGY_TO_DRUG"]),
        (("zofran",), False, ["ALLERGY_TO_DRUG"]),
        (("Ondansetrón",), False, ["ALLERGY_TO_DRUG"]),
        (("5-ht3 antagonists",), False, ["ALLERGY_TO_DRUG"]),
        (("on",), False, []),  # by chance in the name
        (None, False, ["ALLERGIES_UNKNOWN"]),
        ((), True, ["CONTRAINDICATED"]),
        ((), None, ["FACT_UNKNOWN"]),
        (None, None, ["ALLERGIES_UNKNOWN", "FACT_UNKNOWN"]),
        (("zofran",), True, ["ALLERGY_TO_DRUG", "CONTRAINDICATED"]),
    ],
)
def test_what_forbids_a_standing_order(
    allergies: tuple[str, ...] | None, rhythm: bool | None, expected: list[str]
) -> None:
    assert codes(allergies, rhythm) == expected


def test_the_others_hear_dose_route_and_limits() -> None:
    told: dict[str, Any] = content(ONDANSETRON).model_dump()
    assert (told["drug"], told["dose"], told["unit"], told["route"]) == ("ondansetron", Decimal(4), "mg", "IV")
    assert (told["max_per_session"], told["max_per_24h"], told["min_interval_minutes"]) == (2, 2, 30)


def test_every_sample_clinic_has_an_antiemetic_and_an_antihypertensive() -> None:
    table = larkspur().prescribing
    assert {order.id for order in table.standing_orders} == {"ondansetron", "labetalol"}
    assert table.standing_order("nothing") is None
