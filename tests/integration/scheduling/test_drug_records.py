"""For an inspection: the end of a day, and all records of a lot in one call (domain H.4)."""

from datetime import time, timedelta
from typing import Any

import pytest
import pytest_asyncio

from shared.calendar import local_date
from tests.integration.scheduling.cabinet import OTHER, Cabinet
from tests.integration.scheduling.scene import AWAY, HOME, NAME, Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def cabinet(shared_scene: Scene) -> Cabinet:
    return await Cabinet(shared_scene).open("FK3333337")


async def day_end(cabinet: Cabinet) -> dict[str, Any]:
    found: dict[str, Any] = (
        await cabinet.scene.see(f"/v1/drug-registrations/{cabinet.registration}/reconciliation")
    ).json()
    return found


async def names(cabinet: Cabinet) -> list[str]:
    return [one["code"] for one in (await day_end(cabinet))["differences"]]


async def test_a_day_balances_only_when_every_milligram_is_accounted_for(cabinet: Cabinet) -> None:
    scene = cabinet.scene
    await cabinet.patient_waits()
    vial = await cabinet.vial("TODAY")
    draw = await cabinet.drawn(vial, "40")
    await scene.step(cabinet.session, "start")
    await scene.wait(40)
    await scene.step(cabinet.session, "infusion-end", {"dose_mg": 35, "minutes": 40})
    assert await names(cabinet) == ["DRAW_UNSETTLED", "GIVEN_DIFFERS", "NOT_COUNTED", "INVENTORY_MISSING"]
    await cabinet.administer(draw, "34")
    await cabinet.waste(draw, "6")
    body = {
        "registration_id": cabinet.registration, "purpose": "INVENTORY", "business": "CLOSE",
        "lines": [{"vial_id": vial, "mg": "460"}], "witness": {"subject": OTHER, "pin": "402917"},
    }  # fmt: skip
    assert (await scene.call("/v1/stock-counts", body)).status_code == 201
    (differs,) = (await day_end(cabinet))["differences"]
    about = {"session_id": cabinet.session["session_id"], "given_mg": "35", "administered_mg": "34"}
    assert (differs["code"], differs["about"]) == ("GIVEN_DIFFERS", about)
    movements = (await scene.see(f"/v1/draws/{draw}")).json()["movements"]
    for wrong in movements[-2:]:
        undo = {"reason": "WRONG_AMOUNT", "witness": body["witness"]}
        assert (await scene.call(f"/v1/movements/{wrong['movement_id']}/reverse", undo)).status_code == 201
    await cabinet.administer(draw, "35")
    await cabinet.waste(draw, "5")
    assert (await day_end(cabinet))["balanced"] is True
    await scene.wait(60)
    await scene.observe(cabinet.session, **AWAY)
    await scene.step(cabinet.session, "discharge", HOME)


async def test_all_records_of_a_lot_come_in_one_call_and_every_patient_in_them_is_audited(cabinet: Cabinet) -> None:
    scene = cabinet.scene
    (lot,) = (await scene.see(f"/v1/drug-registrations/{cabinet.registration}/stock")).json()["items"]
    records = (await scene.see(f"/v1/drug-lots/{lot['lot_id']}/records")).json()
    assert (len(records["deliveries"]), len(records["counts"]), records["discrepancies"]) == (1, 1, [])
    assert [m["kind"] for m in records["movements"]] == [
        "RECEIVE", "OPEN", "DRAW", "ADMINISTER", "WASTE", "REVERSAL", "REVERSAL", "ADMINISTER", "WASTE",
    ]  # fmt: skip
    (given,) = records["dispensed"]
    assert (given["patient_name"], given["administered_mg"], given["wasted_mg"]) == (NAME, "35", "5")
    read = "SELECT action FROM audit WHERE patient_id = $1 AND resource = 'draw' AND resource_id = 'list'"
    assert len(await scene.house.rows("scheduling", read, given["patient_id"])) == 1
    desk = scene.house.tokens.staff("frontdesk")
    assert (await scene.see(f"/v1/drug-lots/{lot['lot_id']}/records", token=desk)).status_code == 403


async def test_the_last_day_of_a_lot_ends_with_the_clinics_day(cabinet: Cabinet) -> None:
    scene, evening = cabinet.scene, time(18, 30)  # in UTC the next day has begun
    today = local_date(scene.now, scene.zone)
    days = (today, today + timedelta(days=1))
    await scene.house.clock.advance(next(at for day in days if (at := scene.at(day, evening)) > scene.now) - scene.now)
    last = local_date(scene.now, scene.zone)
    await cabinet.vial("ENDS-TODAY", expires_on=last.isoformat())
    stock = (await scene.see(f"/v1/drug-registrations/{cabinet.registration}/stock")).json()["items"]
    lot = next(one["lot_id"] for one in stock if one["lot"] == "ENDS-TODAY")
    assert scene.now.date() > last
    assert (await scene.see(f"/v1/drug-lots/{lot}/records")).json()["lot"]["usable"] is True
    await scene.wait(6 * 60)
    assert (await scene.see(f"/v1/drug-lots/{lot}/records")).json()["lot"]["usable"] is False
