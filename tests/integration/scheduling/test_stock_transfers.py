"""What leaves a cabinet for elsewhere, on two sides and before witnesses (domain H.4, H.5)."""

from typing import Any

import httpx
import pytest
import pytest_asyncio

from tests.integration.scheduling.cabinet import OTHER, PIN, SEEN, Cabinet, refusals
from tests.integration.scheduling.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def cabinets(shared_scene: Scene) -> tuple[Cabinet, Cabinet]:
    return await Cabinet(shared_scene).open("FK1111119"), await Cabinet(shared_scene).open("FK2222228")


async def send(here: Cabinet, there: Cabinet, *vials: str) -> httpx.Response:
    body = {"to_registration_id": there.registration, "vial_ids": vials, "document": "TR-0007", **SEEN}
    return await here.scene.call(f"/v1/drug-registrations/{here.registration}/transfers", body)


async def arrive(here: Cabinet, transfer: str, *vials: str, **change: Any) -> httpx.Response:
    return await here.scene.call(f"/v1/stock-transfers/{transfer}/arrivals", {"vial_ids": vials, **SEEN} | change)


async def test_a_container_is_in_no_balance_while_it_is_under_way_and_is_taken_in_once(
    cabinets: tuple[Cabinet, Cabinet],
) -> None:
    here, there = cabinets
    first, second = await here.vial("SENT"), await here.vial("SENT")
    sent = (await send(here, there, first, second)).json()
    transfer = sent["transfer_id"]
    assert (sent["under_way"], await here.balance(first)) == (2, "0")
    assert refusals(await send(here, there, first)) == ["409", "IN_TRANSIT"]
    assert refusals(await here.scene.call(f"/v1/vials/{first}/waste", {"mg": "1", "method": "SINK", **SEEN})) == [
        "409", "MORE_THAN_IS_LEFT", "IN_TRANSIT",
    ]  # fmt: skip
    assert (await arrive(there, transfer, first)).json()["under_way"] == 1
    assert refusals(await arrive(there, transfer, first)) == ["409", "NOT_UNDER_WAY"]
    assert (await arrive(here, transfer, second, back=True)).json()["under_way"] == 0
    moved = (await here.scene.see(f"/v1/vials/{first}")).json()
    assert (moved["registration_id"], moved["balance_mg"], moved["state"]) == (there.registration, "500", "SEALED")
    assert [(m["kind"], m["vial_mg"], m["counterparty"]) for m in moved["movements"][1:]] == [
        ("TRANSFER_OUT", "-500", "FK2222228"), ("TRANSFER_IN", "500", "FK1111119"),
    ]  # fmt: skip
    assert (await here.scene.see(f"/v1/vials/{second}")).json()["registration_id"] == here.registration
    listed = await there.scene.see(f"/v1/drug-registrations/{there.registration}/transfers")
    assert [one["transfer_id"] for one in listed.json()["items"]] == [transfer]


async def test_what_is_open_recalled_elsewhere_or_a_spray_stays(cabinets: tuple[Cabinet, Cabinet]) -> None:
    here, there = cabinets
    spray = await here.vial(
        "SPRAY", substance="esketamine", form="DEVICE", mg_per_ml=None, container_ml=None, device_mg="28",
        multi_dose=False,
    )  # fmt: skip
    assert refusals(await send(here, there, spray)) == ["409", "NOT_TRANSFERABLE"]
    foreign = await there.vial("THEIRS")
    assert refusals(await send(here, there, foreign)) == ["409", "NOT_KEPT_HERE"]
    same = await send(here, here, spray)
    assert (same.status_code, same.json()["errors"][0]["code"]) == (422, "SAME_REGISTRATION")


async def test_expired_stock_is_destroyed_before_two_witnesses_or_goes_back(cabinets: tuple[Cabinet, Cabinet]) -> None:
    here, _ = cabinets
    await here.set_pin("nurse-4")
    old, more = await here.vial("OLD", expires_on="2020-01-31"), await here.vial("OLD", expires_on="2020-01-31")
    second = {"subject": "nurse-4", "pin": PIN}
    form = {"recipient": "Basin Reverse Logistics", "document": "F41-2026-003", **SEEN}

    async def out(vial: str, **change: Any) -> httpx.Response:
        return await here.scene.call(f"/v1/vials/{vial}/send-out", {"way": "REVERSE_DISTRIBUTE", **form} | change)

    assert (await out(old, destroyed=True)).status_code == 422
    assert (await out(old, destroyed=True, second_witness={"subject": OTHER, "pin": PIN})).status_code == 422
    wrong = await out(old, destroyed=True, second_witness=second | {"pin": "999999"})
    assert (wrong.status_code, wrong.json()["errors"][0]["pointer"]) == (409, "/second_witness")
    gone = (await out(old, destroyed=True, second_witness=second)).json()
    assert (gone["vial_mg"], gone["witness"], gone["second_witness"], gone["reason"]) == (
        "-500", OTHER, "nurse-4", "DESTROYED",
    )  # fmt: skip
    assert refusals(await out(old)) == ["409", "EMPTY"]
    back = (await out(more, way="RETURN")).json()
    assert (back["kind"], back["counterparty"], await here.balance(more)) == ("RETURN", "Basin Reverse Logistics", "0")
