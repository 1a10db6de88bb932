"""Controlled substances from delivery to patient or waste (domain H.4), over HTTP and by the tables themselves."""

import asyncio
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from shared.ids import new_id
from tests.integration.scheduling.cabinet import OTHER, PIN, SEEN, Cabinet, refusals
from tests.integration.scheduling.scene import Scene
from tests.integration.scheduling.steps import blockers
from tests.support.house import larkspur

pytestmark = pytest.mark.asyncio(loop_scope="package")


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def cabinet(shared_scene: Scene) -> Cabinet:
    """A cabinet, and a patient who waits for the dose."""
    opened = await Cabinet(shared_scene).open()
    await opened.patient_waits()
    return opened


async def test_the_printed_vial_from_delivery_to_the_last_milligram(cabinet: Cabinet) -> None:
    vial = await cabinet.vial("PRINTED")
    assert await cabinet.balance(vial) == "500"
    first = await cabinet.drawn(vial, "40")
    assert await cabinet.balance(vial) == "460"
    assert (await cabinet.administer(first, "35")).json()["unsettled_mg"] == "5"
    alone = await cabinet.waste(first, "5", witness={"subject": "staff-1", "pin": PIN})
    assert refusals(alone) == ["409", "WITNESS_IS_ACTOR"]
    unseen = await cabinet.waste(first, "5", witness=None)
    assert refusals(unseen) == ["409", "WITNESS_MISSING"]
    assert refusals(await cabinet.waste(first, "5.001")) == ["409", "MORE_THAN_WAS_DRAWN"]
    settled = (await cabinet.waste(first, "5")).json()
    assert (settled["drawn_mg"], settled["administered_mg"], settled["wasted_mg"]) == ("40", "35", "5")
    assert [(m["kind"], m["witness"]) for m in settled["movements"]] == [
        ("OPEN", None), ("DRAW", None), ("ADMINISTER", None), ("WASTE", OTHER),
    ]  # fmt: skip
    second = await cabinet.drawn(vial, "62")
    assert (await cabinet.administer(second, "62")).json()["unsettled_mg"] == "0"
    ledger = (await cabinet.scene.see(f"/v1/vials/{vial}")).json()
    assert (ledger["state"], ledger["balance_mg"]) == ("OPEN", "398")
    assert sum(Decimal(m["vial_mg"]) for m in ledger["movements"]) == 398
    draws = await cabinet.scene.see(f"/v1/sessions/{cabinet.session['session_id']}/draws")
    assert [d["draw_id"] for d in draws.json()["items"]] == [first, second]


async def test_a_dose_is_prepared_by_the_newest_order_and_before_a_second_person_where_the_clinic_says_so(
    cabinet: Cabinet,
) -> None:
    scene, patient = cabinet.scene, UUID(cabinet.session["patient_id"])
    kept = larkspur().controlled
    strict = kept.model_copy(update={"draws_witnessed": True})
    await scene.house.apply("scheduling", larkspur().model_copy(update={"controlled": strict}))
    vial = await cabinet.vial("PREPARED")
    assert refusals(await cabinet.draw(vial, "35")) == ["409", "WITNESS_MISSING"]
    other = await cabinet.draw(vial, "35", order_id=str(new_id()), **SEEN)
    assert refusals(other) == ["409", "ORDER_NOT_THE_NEWEST"]
    assert await cabinet.balance(vial) == "500"
    drawn = (await cabinet.draw(vial, "35", **SEEN)).json()
    assert [(m["kind"], m["witness"]) for m in drawn["movements"]] == [("OPEN", OTHER), ("DRAW", OTHER)]
    await scene.house.apply("scheduling", larkspur())
    held = []
    for minutes in (60, 40):
        await scene.say(patient, scene.ordered(patient, new_id(), minutes=minutes))
        await scene.house.settle()
        held.append("PREPARED_UNDER_ANOTHER_ORDER" in await blockers(scene, cabinet.session))
    assert held == [True, False], "drawn anew or not, the same dose, dilution and time fit"


@pytest.mark.parametrize(
    ("delivery", "mg", "code"),
    [
        ({"expires_on": "2020-01-31"}, "40", "LOT_EXPIRED"),
        ({}, "500.5", "MORE_THAN_IS_LEFT"),
        ({"substance": "esketamine", "form": "DEVICE", "mg_per_ml": None, "container_ml": None, "device_mg": "28",
          "multi_dose": False}, "28", "OTHER_SUBSTANCE"),
    ],
)  # fmt: skip
async def test_what_may_not_be_drawn_is_refused_and_changes_nothing(
    cabinet: Cabinet, delivery: dict[str, Any], mg: str, code: str
) -> None:
    vial = await cabinet.vial(f"NOT-{code.replace('_', '-')}", **delivery)
    before = await cabinet.balance(vial)
    assert refusals(await cabinet.draw(vial, mg)) == ["409", code]
    assert await cabinet.balance(vial) == before


async def test_a_recalled_lot_is_drawn_nowhere_and_a_single_dose_vial_once(cabinet: Cabinet) -> None:
    received = (await cabinet.receive("RECALLED", multi_dose=False, containers=2)).json()
    used, other = (vial["vial_id"] for vial in received["vials"])
    draw = await cabinet.drawn(used, "35")
    assert (await cabinet.administer(draw, "35")).status_code == 200
    assert refusals(await cabinet.draw(used, "5")) == ["409", "SINGLE_DOSE_USED"]
    rest = {"mg": "465", "method": "DRUG_BUSTER", **SEEN}
    assert (await cabinet.scene.call(f"/v1/vials/{used}/waste", rest)).json()["vial_mg"] == "-465"
    recalled = await cabinet.scene.call(f"/v1/drug-lots/{received['lot_id']}/recall", {"reference": "D-0417-2026"})
    assert (recalled.json()["usable"], recalled.json()["vials"][0]["balance_mg"]) == (False, "0")
    assert refusals(await cabinet.draw(other, "35")) == ["409", "LOT_RECALLED"]


async def test_wrong_pins_are_counted_although_the_act_is_refused_and_then_nobody_gets_in(cabinet: Cabinet) -> None:
    await cabinet.set_pin("nurse-3")
    await cabinet.set_pin("elsewhere", PIN, "director")
    vial = await cabinet.vial("PINS")
    path = f"/v1/vials/{vial}/waste"

    async def waste(subject: str, pin: str) -> list[str]:
        body = {"mg": "1", "method": "DRUG_BUSTER", "witness": {"subject": subject, "pin": pin}}
        answer = await cabinet.scene.call(path, body)
        return refusals(answer) if answer.status_code != 201 else ["201"]

    guesses = await asyncio.gather(*(waste("nurse-3", f"00000{n}") for n in range(5)))
    assert sorted(guesses) == [["409", "PIN_LOCKED"]] + [["409", "PIN_WRONG"]] * 4
    assert await waste("nurse-3", PIN) == ["409", "PIN_LOCKED"]
    assert await waste("nobody", PIN) == ["409", "PIN_NOT_SET"]
    assert await waste("elsewhere", PIN) == ["201"]
    revoke = {"clinic_id": str(cabinet.scene.house.clinic.clinic_id), "subject": "elsewhere"}
    assert (await cabinet.scene.call("/v1/staff-pins/revoke", revoke)).json()["clinics"] == []
    assert await waste("elsewhere", PIN) == ["409", "WITNESS_NOT_AUTHORISED"]
    assert await cabinet.balance(vial) == "499"


async def test_of_many_draws_at_once_no_milligram_is_drawn_twice(cabinet: Cabinet) -> None:
    vial = await cabinet.vial("RACE")
    answers = await asyncio.gather(*(cabinet.draw(vial, "60") for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [201] * 8 + [409] * 4
    assert await cabinet.balance(vial) == "20"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE movement SET vial_mg = 0 WHERE vial_id = $1", "DELETE FROM movement WHERE vial_id = $1",
        "UPDATE vial SET balance_mg = balance_mg - 1 WHERE id = $1",
        "UPDATE draw SET wasted_mg = drawn_mg WHERE vial_id = $1",
        "INSERT INTO vial SELECT (jsonb_populate_record(v, '{\"number\": 99}' || jsonb_build_object('id', $2::uuid))).*"
        " FROM vial v WHERE id = $1",
    ],
)  # fmt: skip
async def test_the_tables_themselves_let_nobody_change_the_ledger(cabinet: Cabinet, statement: str) -> None:
    vial = await cabinet.vial("TAMPER")
    draw = await cabinet.drawn(vial, "40")
    arguments = (vial, draw)[: statement.count("$")]
    with pytest.raises(asyncpg.RestrictViolationError):
        await cabinet.scene.run(statement, *arguments)
    assert await cabinet.balance(vial) == "460"


async def test_a_stopped_bag_is_administered_and_wasted_and_corrections_are_reversals(cabinet: Cabinet) -> None:
    await cabinet.patient_waits()
    vial = await cabinet.vial("STOPPED")
    draw = await cabinet.drawn(vial, "35")
    await cabinet.scene.step(cabinet.session, "start")
    await cabinet.scene.wait(10)
    await cabinet.scene.step(cabinet.session, "abort", {"reason": "PATIENT_WISH", "dose_mg": 9, "minutes": 10})
    wrong = (await cabinet.administer(draw, "19")).json()["movements"][-1]["movement_id"]
    of_draw = (await cabinet.scene.see(f"/v1/draws/{draw}")).json()["movements"]
    early = f"/v1/movements/{of_draw[1]['movement_id']}/reverse"
    assert refusals(await cabinet.scene.call(early, {"reason": "WRONG_VIAL", **SEEN})) == [
        "409", "LATER_MOVEMENTS_BUILD_ON_IT",
    ]  # fmt: skip
    undo, why = f"/v1/movements/{wrong}/reverse", {"reason": "WRONG_AMOUNT", **SEEN}
    assert (await cabinet.scene.call(undo, why)).json()["administered_mg"] == "-19"
    assert refusals(await cabinet.scene.call(undo, why))[:2] == ["409", "ALREADY_REVERSED"]
    assert (await cabinet.administer(draw, "9")).status_code == 200
    settled = (await cabinet.waste(draw, "26")).json()
    assert (settled["administered_mg"], settled["wasted_mg"], settled["unsettled_mg"]) == ("9", "26", "0")
    late = await cabinet.draw(vial, "5")
    assert refusals(late) == ["409", "SESSION_OVER"]


async def test_every_balance_is_the_sum_of_its_movements(cabinet: Cabinet) -> None:
    unequal = (
        "SELECT v.id FROM vial v LEFT JOIN movement m ON m.vial_id = v.id GROUP BY v.id"
        " HAVING v.balance_mg <> coalesce(sum(m.vial_mg), 0)"
    )
    apart = (
        "SELECT d.id FROM draw d JOIN movement m ON m.draw_id = d.id GROUP BY d.id HAVING (d.drawn_mg,"
        " d.administered_mg, d.wasted_mg) <> (sum(m.drawn_mg), sum(m.administered_mg), sum(m.wasted_mg))"
    )
    rows = cabinet.scene.house.rows
    assert (await rows("scheduling", "SELECT count(*) AS n FROM movement"))[0]["n"] > 20
    assert (await rows("scheduling", unequal), await rows("scheduling", apart)) == ([], [])


@pytest.mark.parametrize(
    ("change", "status", "pointer"),
    [
        ({"substance": "aspirin"}, 422, "/substance"), ({"container_ml": None}, 422, ""),
        ({"containers": 0}, 422, "/containers"), ({"mg_per_ml": "-5"}, 422, "/mg_per_ml"),
        ({"mg_per_ml": "0.0001"}, 422, "/mg_per_ml"), ({"mg_per_ml": "1000000"}, 422, ""),
        ({"supplier": "A\x00B"}, 422, "/supplier"), ({"witness": {"subject": OTHER, "pin": "12ab56"}}, 422,
        "/witness/pin"), ({"lot": "PRINTED", "multi_dose": False}, 409, "/multi_dose"),
    ],
)  # fmt: skip
async def test_a_delivery_that_cannot_be_names_what_is_wrong(
    cabinet: Cabinet, change: dict[str, Any], status: int, pointer: str
) -> None:
    answer = await cabinet.receive(**{"lot": "BAD", **change})
    assert (answer.status_code, [error["pointer"] for error in answer.json()["errors"]]) == (status, [pointer])
    assert not {PIN, "12ab56"} & {*answer.text.split('"')}


async def test_a_registration_that_is_over_receives_nothing_until_it_is_renewed(cabinet: Cabinet) -> None:
    path = f"/v1/drug-registrations/{cabinet.registration}/renew"
    yesterday = (cabinet.scene.now - timedelta(days=2)).date().isoformat()
    assert (await cabinet.scene.call(path, {"expires_on": yesterday}, version=1)).json()["version"] == 2
    assert (await cabinet.receive("OVER")).json()["code"] == "REGISTRATION_OVER"
    later = (cabinet.scene.now + timedelta(days=900)).date().isoformat()
    assert (await cabinet.scene.call(path, {"expires_on": later}, version=1)).status_code == 412
    assert (await cabinet.scene.call(path, {"expires_on": later}, version=2)).status_code == 200
    assert (await cabinet.receive("OVER")).status_code == 201
