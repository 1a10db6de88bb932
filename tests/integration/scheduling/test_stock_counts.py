"""Blind counts by two, discrepancies and losses (domain H.4), over HTTP."""

from decimal import Decimal
from typing import Any

import httpx
import pytest
import pytest_asyncio

from shared.events.scheduling import StockDiscrepancyOpened
from tests.integration.scheduling.cabinet import OTHER, SEEN, Cabinet, refusals
from tests.integration.scheduling.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def cabinet(shared_scene: Scene) -> Cabinet:
    return await Cabinet(shared_scene).open("FK7654321")


async def count(cabinet: Cabinet, found: dict[str, str], **change: Any) -> httpx.Response:
    lines = [{"vial_id": vial, "mg": mg} for vial, mg in found.items()]
    body = {"registration_id": cabinet.registration, "lines": lines, **SEEN} | change
    return await cabinet.scene.call("/v1/stock-counts", body)


async def in_stock(cabinet: Cabinet) -> dict[str, str]:
    """Every container and what the ledger says."""
    path = f"/v1/drug-registrations/{cabinet.registration}/stock"
    lots = (await cabinet.scene.see(path)).json()["items"]
    return {vial["vial_id"]: vial["balance_mg"] for lot in lots for vial in lot["vials"]}


async def settle(cabinet: Cabinet, discrepancy: str, outcome: str, version: int = 1) -> httpx.Response:
    body = {"outcome": outcome, "reason": "LOOKED_INTO", **SEEN}
    return await cabinet.scene.call(f"/v1/stock-discrepancies/{discrepancy}/settle", body, version=version)


async def waiting(cabinet: Cabinet) -> list[dict[str, Any]]:
    clinic = cabinet.scene.house.clinic.clinic_id
    found: list[dict[str, Any]] = (await cabinet.scene.see("/v1/stock-discrepancies", clinic_id=clinic)).json()["items"]
    return found


async def test_an_empty_cabinet_has_an_inventory_of_zero_signed_by_two(cabinet: Cabinet) -> None:
    inventory = {"purpose": "INVENTORY", "business": "OPENING"}
    assert (await count(cabinet, {}, **inventory, witness=None)).status_code == 422
    assert (await count(cabinet, {}, purpose="INVENTORY")).status_code == 422
    report = (await count(cabinet, {}, **inventory)).json()
    assert (report["signers"], report["business"], report["lines"], report["totals"]) == (
        ["staff-1", OTHER], "OPENING", [], [],
    )  # fmt: skip
    assert report["next_inventory_on"] is not None


async def test_a_count_is_blind_and_whole_and_the_balance_stays_until_somebody_settles_it(cabinet: Cabinet) -> None:
    vial = await cabinet.vial("COUNTED")
    old = await cabinet.vial("EXPIRED", expires_on="2020-01-31")
    sheet = (await cabinet.scene.see(f"/v1/drug-registrations/{cabinet.registration}/count-sheet")).json()
    assert {line["vial_id"] for line in sheet["lines"]} == {vial, old}
    assert "balance_mg" not in sheet["lines"][0]
    assert refusals(await count(cabinet, {vial: "500"})) == ["422", "NOT_COUNTED"]
    assert (await count(cabinet, {vial: "500", old: "500"})).json()["discrepancies"] == []

    found = (await count(cabinet, {vial: "492", old: "500"}, purpose="INVENTORY", business="CLOSE")).json()
    assert [(line["difference_mg"], line["expired"]) for line in found["lines"]] == [("-8", False), ("0", True)]
    assert found["totals"] == [{"substance": "ketamine", "schedule": "III", "containers": 2, "mg": "992"}]
    assert await cabinet.balance(vial) == "500"
    (event,) = await cabinet.scene.house.events("scheduling", StockDiscrepancyOpened)
    assert (str(event.discrepancy_id), event.difference_mg) == (found["discrepancies"][0], Decimal(-8))
    (open_one,) = await waiting(cabinet)
    assert (open_one["state"], open_one["overdue"]) == ("OPEN", [])

    await count(cabinet, {vial: "495", old: "500"})
    (again,) = await waiting(cabinet)
    assert (again["discrepancy_id"], again["difference_mg"], again["version"]) == (open_one["discrepancy_id"], "-5", 2)
    assert (await settle(cabinet, again["discrepancy_id"], "ADJUSTED")).status_code == 412
    assert refusals(await settle(cabinet, again["discrepancy_id"], "RECOUNTED", 2)) == ["409", "STILL_DIFFERS"]
    assert (await settle(cabinet, again["discrepancy_id"], "ADJUSTED", 2)).json()["state"] == "ADJUSTED"
    assert (await cabinet.balance(vial), await waiting(cabinet)) == ("495", [])
    assert (await settle(cabinet, again["discrepancy_id"], "ADJUSTED", 3)).json()["code"] == "CONFLICT"


async def test_a_later_count_may_find_that_nothing_was_wrong(cabinet: Cabinet) -> None:
    stock = await in_stock(cabinet)
    vial = next(iter(stock))
    more = str(Decimal(stock[vial]) + 1)
    (found,) = (await count(cabinet, stock | {vial: more})).json()["discrepancies"]
    assert refusals(await settle(cabinet, found, "LOSS")) == ["409", "NOTHING_LOST"]
    await count(cabinet, stock)
    assert refusals(await settle(cabinet, found, "ADJUSTED", 2)) == ["409", "NOTHING_TO_ADJUST"]
    assert (await settle(cabinet, found, "RECOUNTED", 2)).json()["state"] == "RECOUNTED"
    assert await in_stock(cabinet) == stock


async def test_a_loss_leaves_the_ledger_and_its_clock_runs_until_it_is_told(cabinet: Cabinet) -> None:
    vial = await cabinet.vial("STOLEN")
    lost = await cabinet.scene.call(f"/v1/vials/{vial}/loss", {"mg": "500", "reason": "THEFT", **SEEN})
    told = lost.json()
    assert (told["state"], told["difference_mg"], told["overdue"]) == ("LOSS", "-500", [])
    assert await cabinet.balance(vial) == "0"
    days = (cabinet.scene.now.fromisoformat(told["form_due_at"]) - cabinet.scene.now).days
    assert days == 45
    await cabinet.scene.wait(5 * 24 * 60)
    (late,) = await waiting(cabinet)
    assert late["overdue"] == ["NOTICE"]
    path = f"/v1/stock-discrepancies/{late['discrepancy_id']}/report"
    steps = [("NOTICE", late["version"]), ("NOTICE", late["version"] + 1), ("FORM_106", late["version"] + 1)]
    answers = [
        (await cabinet.scene.call(path, {"step": step, "reference": "FO-1189"}, version=version)).status_code
        for step, version in steps
    ]
    assert (answers, await waiting(cabinet)) == ([200, 409, 200], [])
    more = await cabinet.scene.call(f"/v1/vials/{vial}/loss", {"mg": "1", "reason": "THEFT", **SEEN})
    assert refusals(more) == ["409", "MORE_THAN_IS_LEFT"]
