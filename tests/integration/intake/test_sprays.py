"""Orders of a nasal spray over HTTP: fixed doses, the first day, seven days, devices."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import pytest
import pytest_asyncio

from services.intake.app import DEFINITION
from shared.clinicfile.load import load
from shared.events.intake import OrderSigned
from shared.events.parts import Modality
from shared.events.scheduling import EnrolmentChanged
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from tests.integration.intake.conftest import Intake, codes, findings, outcome
from tests.integration.intake.sessions import completed, tell
from tests.support.house import running
from tests.support.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")
COASTLINE = load(Path(__file__).parents[3] / "clinics" / "coastline.yaml")
PROTOCOL = next(p.id for p in COASTLINE.protocols if p.dose.first_fixed_mg)
SPRAY = {"modality": "SPRAVATO_TRD", "protocol": PROTOCOL, "dose_mg": 56}


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def coastline(postgres: Postgres) -> AsyncIterator[Intake]:
    """A clinic that gives sprays as well as infusions."""
    cluster = EmbeddedBroker()
    cluster.start()
    async with running([DEFINITION], postgres, cluster.bootstrap, clinic=COASTLINE) as house:
        yield Intake(house)
    cluster.stop()


async def cleared(coastline: Intake) -> UUID:
    patient, _ = await coastline.screened()
    enrolled = {"enrolment_id": new_id(), "patient_id": patient, "version": 1, "programme": "REMS", "state": "ENROLLED"}
    await tell(coastline, patient, EnrolmentChanged(**enrolled, changed_at=coastline.house.clock.now()))
    screening = (await coastline.get(f"/v1/patients/{patient}/screening", by="clinician")).json()
    body = {"cleared": ["SPRAVATO_TRD"], "reason_code": "SEEN"}
    answer = await coastline.post(f"/v1/screenings/{screening['id']}/review", body, by="clinician")
    assert answer.status_code == 201, answer.text
    return patient


async def test_without_enrolment_the_spray_waits_and_the_infusion_does_not(coastline: Intake) -> None:
    patient, unknown = await coastline.screened()
    withdrawn = {"enrolment_id": new_id(), "patient_id": patient, "version": 2, "programme": "REMS"}
    now = coastline.house.clock.now()
    await tell(coastline, patient, EnrolmentChanged(**withdrawn, state="WITHDRAWN", changed_at=now))
    late = EnrolmentChanged(**withdrawn | {"version": 1}, state="ENROLLED", changed_at=now)
    await tell(coastline, patient, late)
    known = (await coastline.get(f"/v1/patients/{patient}/screening", by="clinician")).json()
    for screening, reason in ((unknown, "INCOMPLETE"), (known, "FIRED")):
        assert (outcome(screening), outcome(screening, "SPRAVATO_TRD")) == ("ELIGIBLE", "DEFERRED")
        assert findings(screening, "SPRAVATO_TRD")["SCR-072"] == reason


async def sign(coastline: Intake, patient: UUID, **changes: Any) -> httpx.Response:
    return await coastline.post(f"/v1/patients/{patient}/orders", SPRAY | changes, by="clinician")


async def sprayed(coastline: Intake, patient: UUID, mg: int, *, days_ago: int) -> None:
    at = coastline.house.clock.now() - timedelta(days=days_ago)
    dose: dict[str, Any] = {
        "modality": Modality.SPRAVATO_TRD,
        "protocol": PROTOCOL,
        "dose_mg": mg,
        "minutes": 120,
        "devices": mg // 28,
    }
    await tell(coastline, patient, completed(patient, at, **dose))


async def test_a_first_spray_is_56_mg_in_two_devices_whatever_the_weight(coastline: Intake) -> None:
    patient = await cleared(coastline)
    refused = await sign(coastline, patient, dose_mg=84)
    assert (refused.status_code, codes(refused)) == (422, {"NOT_A_FIRST_DOSE"})
    order = (await sign(coastline, patient)).json()
    assert (order["dose_mg"], order["devices"], order["minutes"], order["first_dose"]) == (56, 2, 120, True)
    assert order["arithmetic"] == [
        "dose = 2 devices * 28 mg = 56 mg",
        "7 days = 0 mg given + 56 mg = 56 mg of 168 mg",
    ]
    told = (await coastline.told(patient, OrderSigned, "order"))[0]
    assert (told.dose_mg, told.mg_per_kg, told.draw_ml, told.rate_ml_per_hour) == (56, 0, 0, 0)


async def test_seven_days_hold_at_most_168_mg(coastline: Intake) -> None:
    patient = await cleared(coastline)
    await sprayed(coastline, patient, 84, days_ago=7)
    await sprayed(coastline, patient, 84, days_ago=4)
    assert (await sign(coastline, patient, dose_mg=84)).status_code == 201
    await sprayed(coastline, patient, 28, days_ago=1)
    refused = await sign(coastline, patient, dose_mg=84)
    assert (refused.status_code, codes(refused)) == (422, {"ABOVE_WEEKLY_LIMIT"})
    assert refused.json()["errors"][0]["params"] == {"limit_mg": 168, "given_mg": 112}


async def test_an_infusion_before_does_not_end_the_first_day_of_a_spray(coastline: Intake) -> None:
    patient = await cleared(coastline)
    await tell(coastline, patient, completed(patient, coastline.house.clock.now()))
    assert codes(await sign(coastline, patient, dose_mg=84)) == {"NOT_A_FIRST_DOSE"}


@pytest.mark.parametrize(
    ("changes", "flaws"),
    [
        ({"dose_mg": None}, {("/dose_mg", "MISSING")}),
        ({"mg_per_kg": "0.5"}, {("/mg_per_kg", "OTHER_UNIT")}),
        ({"minutes": 40}, {("/minutes", "MINUTES_OUT_OF_RANGE")}),
    ],
)
async def test_a_spray_is_ordered_in_mg(
    coastline: Intake, changes: dict[str, Any], flaws: set[tuple[str, str]]
) -> None:
    refused = await sign(coastline, await cleared(coastline), **changes)
    assert (refused.status_code, {(e["pointer"], e["code"]) for e in refused.json()["errors"]}) == (422, flaws)


async def test_an_infusion_is_ordered_by_weight_and_minutes(intake: Intake) -> None:
    refused = await intake.ordered(await intake.cleared(), mg_per_kg=None, minutes=None, dose_mg=35)
    assert {(e["pointer"], e["code"]) for e in refused.json()["errors"]} == {
        ("/mg_per_kg", "MISSING"), ("/minutes", "MISSING"), ("/dose_mg", "OTHER_UNIT"),
    }  # fmt: skip
