"""A running infusion over HTTP: pauses, resumptions, rates, and a fire alarm on a floor of forty."""

import asyncio
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.scheduling.domain.appointment import State
from services.scheduling.models import Appointment, Session
from shared.events.intake import OrderRevoked
from shared.events.parts import DeliveredDose, DeviationDetail, Modality
from shared.events.prescribing import OrderContent
from shared.events.scheduling import DeviationRecorded, SessionAborted
from shared.ids import new_id
from tests.integration.scheduling.scene import AWAY, FULL, HOME, Scene, codes
from tests.integration.scheduling.steps import CALM, first

pytestmark = pytest.mark.asyncio(loop_scope="package")
FORTY = 40


async def refused(scene: Scene, session: dict[str, Any], step: str, body: dict[str, Any]) -> tuple[int, str]:
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    answer = await scene.call(f"{path}/{step}", body, version=version)
    return answer.status_code, answer.json()["code"]


async def deviations(scene: Scene) -> list[str]:
    """What DeviationRecorded told, opened."""
    said = [one for one in await scene.house.envelopes("scheduling") if one.type == DeviationRecorded.type]
    details: list[DeviationDetail] = [scene.house.opened("scheduling", one, "deviation") for one in said]
    return [detail.code for detail in details]


async def test_what_was_given_follows_from_pauses_and_rates_and_is_what_the_session_says(scene: Scene) -> None:
    appointment = await first(scene)
    session = await scene.started(appointment)
    await scene.wait(20)
    await scene.observe(session, **CALM)
    paused = await scene.step(session, "pause", {"reason": "DISSOCIATION"})
    assert 17.5 <= float(paused["infusion"]["given_mg"]) < 18.4
    assert [due["what"] for due in paused["due"]] == ["PRESSURE_AND_PULSE"]
    assert await refused(scene, session, "pause", {"reason": "NAUSEA"}) == (409, "CONFLICT")
    await scene.wait(10)
    board = (await scene.see("/v1/board", clinic_id=str(scene.house.clinic.clinic_id))).json()["chairs"]
    (shown,) = [chair for chair in board if chair["session_id"] == session["session_id"]]
    assert shown["paused_since"]["utc"] == paused["infusion"]["paused_since"]
    await scene.observe(session, **CALM)
    gone_on = await scene.step(session, "resume", {"reason": "SETTLED"})
    assert float(gone_on["infusion"]["given_mg"]) - float(paused["infusion"]["given_mg"]) < 0.3
    assert gone_on["infusion"]["paused_since"] is None
    peak = next(due["due_at"] for due in gone_on["due"] if due["what"] == "PEAK_CADSS_AND_MOAAS")
    started = datetime.fromisoformat(session["started_at"])
    assert timedelta(minutes=50) <= datetime.fromisoformat(peak) - started < timedelta(minutes=52)
    slower = await scene.step(session, "rate", {"reason": "DISSOCIATION", "rate_ml_per_hour": "26.25"})
    assert [change["step"] for change in slower["infusion"]["changes"]] == ["PAUSED", "RESUMED", "RATE_CHANGED"]
    await scene.wait(20)
    await scene.observe(session, **CALM, cadss=8, moaas=4)
    ended = await scene.step(session, "infusion-end", {})
    assert 26 <= ended["delivered"]["dose_mg"] <= 27
    assert 40 <= ended["delivered"]["minutes"] <= 41
    for _ in range(4):
        await scene.wait(15)
        await scene.observe(session, **AWAY)
    await scene.step(session, "discharge", HOME)
    said = (await scene.house.envelopes("scheduling"))[-1]
    given: DeliveredDose = scene.house.opened("scheduling", said, "delivered")
    assert (given.dose_mg, given.minutes) == (ended["delivered"]["dose_mg"], ended["delivered"]["minutes"])
    assert await deviations(scene) == []


async def test_a_rate_above_the_order_is_refused_and_one_that_ran_is_a_deviation(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(10)
    fast = {"reason": "PRESCRIBER_DECISION", "rate_ml_per_hour": "60"}
    assert await refused(scene, session, "rate", fast) == (409, "RATE_ABOVE_ORDER")
    assert (await scene.see(f"/v1/sessions/{session['session_id']}")).json()["infusion"]["changes"] == []
    noted = await scene.step(session, "rate", fast | {"happened": True})
    assert noted["infusion"]["rate_ml_per_hour"] == "60"
    (deviation,) = noted["deviations"]
    assert (deviation["code"], deviation["finding"]) == ("RATE_ABOVE_ORDER", "rate 60 mL/h, ordered 52.5 mL/h")
    early = (scene.now - timedelta(minutes=9)).isoformat()
    await scene.step(session, "rate", fast | {"occurred_at": early, "rate_ml_per_hour": "55"})
    ended = await scene.step(session, "infusion-end", {"dose_mg": 20, "minutes": 10})
    assert ended["delivered"]["dose_mg"] == 20
    assert await deviations(scene) == ["RATE_ABOVE_ORDER", "RATE_ABOVE_ORDER", "DOSE_NOT_AS_RECKONED"]


async def test_a_paused_dose_goes_on_only_under_a_standing_order(scene: Scene) -> None:
    patient, order = await scene.patient(cleared=False), new_id()
    screening = new_id()
    await scene.say(
        patient, scene.screened(patient, screening), scene.reviewed(patient, screening, version=2),
        scene.consented(patient), scene.ordered(patient, order),
    )  # fmt: skip
    await scene.house.settle()
    session = await scene.started(await first(scene, patient))
    await scene.wait(5)
    await scene.step(session, "pause", {"reason": "PRESSURE"})
    await scene.say(patient, OrderRevoked(order_id=order, patient_id=patient, version=2, revoked_at=scene.now))
    await scene.house.settle()
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    answer = await scene.call(f"{path}/resume", {"reason": "SETTLED"}, version=version)
    assert (answer.status_code, codes(answer)) == (409, ["ORDER_MISSING", "ORDER_REVOKED"])
    noted = await scene.step(session, "resume", {"reason": "SETTLED", "source": "paper"})
    assert [one["code"] for one in noted["deviations"]] == ["RESUMED_AGAINST_RULE"]
    assert noted["infusion"]["changes"][-1]["source"] == "paper"


async def full_floor(scene: Scene, like: dict[str, Any]) -> list[UUID]:
    """Sessions beside one whose infusions run since ten minutes, so that there are forty."""
    order = OrderContent(
        modality=Modality.IV_MOOD, protocol="IV_MOOD_6", mg_per_kg=Decimal("0.5"), dose_weight_kg=Decimal(70),
        dose_mg=35, minutes=40, draw_ml=Decimal("0.7"), rate_ml_per_hour=Decimal("52.5"), stock_mg_per_ml=Decimal(50),
        arithmetic=("70 kg x 0.5 mg/kg = 35 mg",),
    )  # fmt: skip
    made = []
    async with scene.house.unit("scheduling") as uow:
        model = await uow.session.get(Session, UUID(like["session_id"]))
        assert model is not None
        booked = await uow.session.get(Appointment, model.appointment_id)
        assert booked is not None
        for number in range(FORTY - 1):
            patient, session_id = new_id(), new_id()
            appointment = Appointment(
                **booked.model_dump(exclude={"id", "patient_id", "chair", "chair_id", "escort", "session_number"}),
                id=new_id(), patient_id=patient, chair=f"more-{number}", chair_id=new_id(),
                session_number=100 + number,
            )  # fmt: skip
            uow.session.add(appointment)
            await uow.session.flush()
            copied = model.model_dump(exclude={"id", "patient_id", "appointment_id", "order_content", "attestation"})
            uow.session.add(
                Session(
                    **copied, id=session_id, patient_id=patient, appointment_id=appointment.id,
                    order_content=uow.seal_column("session", "order_content", session_id, order),
                )
            )  # fmt: skip
            made.append(session_id)
    return made


async def test_a_fire_alarm_stops_forty_infusions_at_once_and_each_chair_is_settled(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    others = await full_floor(scene, session)
    await scene.wait(10)
    alarm = {"clinic_id": session["clinic_id"], "location": "main", "kind": "FIRE_ALARM"}
    answers = [await scene.call("/v1/floor-events", alarm, key=key) for key in ("bell", "bell", "other-bell")]
    assert {answer.status_code for answer in answers} == {201}
    event = answers[2].json()
    assert {answer.json()["floor_event_id"] for answer in answers} == {event["floor_event_id"]}
    lines = {line["session_id"]: line for line in event["roll_call"]}
    assert (len(lines), event["unsettled"]) == (FORTY, FORTY)
    ((phase, given_mg, minutes),) = {(line["phase"], line["given_mg"], line["minutes"]) for line in lines.values()}
    assert (phase, minutes) == ("IN_PROGRESS", 10)
    assert 8.7 < float(given_mg) < 9.7
    mine = lines[session["session_id"]]
    assert (mine["name"], mine["escort_name"], mine["chair"]) == ("Robin Ann Quist", "Sam Quist", "chair-1")
    pauses = await scene.house.rows("scheduling", "SELECT count(*) AS n FROM session_entry WHERE kind = 'PAUSED'")
    assert pauses[0]["n"] == FORTY
    await scene.wait(30)
    seen = (await scene.see(f"/v1/sessions/{session['session_id']}")).json()
    assert (seen["due"], seen["alerts"], seen["infusion"]["given_mg"]) == ([], [], given_mg)
    assert await refused(scene, session, "resume", {"reason": "SETTLED"}) == (409, "CONFLICT")
    end = f"/v1/floor-events/{event['floor_event_id']}"
    waits = await scene.call(f"{end}/end", version=event["version"])
    assert (waits.status_code, waits.json()["code"], len(waits.json()["params"]["sessions"])) == (
        409, "CHAIRS_UNSETTLED", FORTY,
    )  # fmt: skip
    on = await scene.step(session, "settle", {"outcome": "RESUMED"})
    assert (on["state"], on["suspended_at"], on["infusion"]["paused_since"]) == (State.IN_PROGRESS, None, None)
    assert [due["what"] for due in on["due"]] == ["PRESSURE_AND_PULSE", "PEAK_CADSS_AND_MOAAS"]
    assert min(datetime.fromisoformat(due["due_at"]) for due in on["due"]) >= scene.now - timedelta(minutes=1)
    stopped = await scene.step({"session_id": str(others[0])}, "settle", {"outcome": "STOPPED", "disposition": "EMS"})
    assert (stopped["state"], stopped["delivered"]["minutes"]) == ("ABORTED", 10)
    assert abs(stopped["delivered"]["dose_mg"] - float(given_mg)) <= 0.5
    watched = await scene.step({"session_id": str(others[1])}, "settle", {"outcome": "RECOVERING"})
    assert (watched["state"], watched["delivered"]) == ("RECOVERY", stopped["delivered"])
    assert await refused(scene, session, "settle", {"outcome": "RESUMED"}) == (409, "CONFLICT")
    (aborted,) = await scene.house.events("scheduling", SessionAborted)
    assert aborted.session_id == others[0]


async def test_a_stop_ends_infusions_and_no_dose_starts_until_the_floor_is_open(scene: Scene) -> None:
    booked = [await first(scene) for _ in range(2)]
    session, waiting = await scene.started(booked[0]), await scene.arrive(booked[1])
    await scene.wait(8)
    alarm = {"clinic_id": session["clinic_id"], "location": "main", "kind": "EVACUATION", "action": "STOP"}
    event = (await scene.call("/v1/floor-events", alarm)).json()
    assert [(line["phase"], line["state"]) for line in event["roll_call"]] == [
        ("IN_PROGRESS", "RECOVERY"), ("CHECKED_IN", "CHECKED_IN")
    ]  # fmt: skip
    assert await refused(scene, waiting, "start", {}) == (409, "FLOOR_EVENT_OPEN")
    assert await refused(scene, waiting, "settle", {"outcome": "STOPPED"}) == (409, "CONFLICT")
    for one in (session, waiting):
        await scene.step(one, "settle", {"outcome": "RESUMED"})
    end = f"/v1/floor-events/{event['floor_event_id']}"
    assert (await scene.call(f"{end}/end", version=99)).status_code == 412
    await _every_place_is_told(scene, event)
    over = await scene.call(f"{end}/end", version=event["version"])
    assert (over.status_code, over.json()["unsettled"]) == (200, 0)
    assert await refused(scene, waiting, "start", {}) == (409, "READINESS")
    listed = (await scene.see("/v1/floor-events", clinic_id=session["clinic_id"])).json()["items"]
    assert [one["floor_event_id"] for one in listed] == [event["floor_event_id"]]
    unknown = await scene.call("/v1/floor-events", alarm | {"location": "nowhere"})
    assert (unknown.status_code, codes(unknown)) == (422, ["UNKNOWN_LOCATION"])


async def _every_place_is_told(scene: Scene, event: dict[str, Any]) -> None:
    """Chairs without a session stand there too. A dose that ran in one unrecorded is told as stopped, and keeps the
    event from ending until it is told how that went on."""
    path, seated = f"/v1/floor-events/{event['floor_event_id']}", {line["chair"] for line in event["roll_call"]}
    free = sorted({"chair-1", "chair-2", "chair-3", "chair-4"} - seated)
    assert ([place["chair"] for place in event["places"]], event["unchecked"]) == (free, len(free))
    ids = [place["place_id"] for place in event["places"]]
    told = [{"place_id": ids[0], "found": "DOSE_STOPPED"}, {"place_id": ids[1], "found": "EMPTY"}]
    unknown = await scene.call(f"{path}/places", {"places": [{"place_id": str(UUID(int=1)), "found": "OUT"}]})
    assert (unknown.status_code, codes(unknown)) == (422, ["UNKNOWN_PLACE"])
    seen = (await scene.call(f"{path}/places", {"places": told})).json()
    assert (seen["unsettled"], seen["unchecked"], seen["places"][0]["waits"]) == (1, 0, True)
    waits = await scene.call(f"{path}/end", version=event["version"])
    assert (waits.json()["code"], waits.json()["params"]["places"]) == ("CHAIRS_UNSETTLED", [ids[0]])
    seen = (await scene.call(f"{path}/places", {"places": [{"place_id": ids[0], "found": "OUT"}]})).json()
    assert (seen["unsettled"], seen["places"][0]["stopped_at"] is not None) == (0, True)


async def test_an_infusion_that_was_paused_before_the_alarm_stays_paused_after_it(scene: Scene) -> None:
    session = await scene.started(await first(scene))
    await scene.wait(5)
    before = await scene.step(session, "pause", {"reason": "PRESSURE"})
    await scene.wait(5)
    alarm = {"clinic_id": session["clinic_id"], "location": "main", "kind": "FIRE_ALARM"}
    await scene.call("/v1/floor-events", alarm)
    after = await scene.step(session, "settle", {"outcome": "RESUMED"})
    assert after["infusion"]["paused_since"] == before["infusion"]["paused_since"]
    assert len(after["infusion"]["changes"]) == 1


async def test_of_two_doses_that_start_in_one_chair_one_does_and_the_other_patient_sits_elsewhere(
    scene: Scene,
) -> None:
    """The first has not begun when the second comes, as on a day that runs late."""
    one, other = await scene.patients(2)
    early, late = (await scene.book(one))["sessions"][0], (await scene.book(other, time="11:30"))["sessions"][0]
    assert early["chair"] == late["chair"]
    sessions = [await scene.arrive(early), await scene.arrive(late)]
    for session in sessions:
        await scene.observe(session, **FULL)
    answers = await asyncio.gather(*(scene.call(f"/v1/sessions/{s['session_id']}/start", version=1) for s in sessions))
    assert sorted(answer.status_code for answer in answers) == [200, 409]
    assert [codes(answer) for answer in answers if answer.status_code == 409] == [["CHAIR_OCCUPIED"]]
    (waits,) = [s for s, answer in zip(sessions, answers, strict=True) if answer.status_code == 409]
    (runs,) = [s for s in sessions if s is not waits]
    path = f"/v1/sessions/{waits['session_id']}"
    same = await scene.call(f"{path}/chair", {"chair": early["chair"]}, version=1)
    assert (same.status_code, codes(same)) == (422, ["SAME_CHAIR"])
    seated = await scene.step(waits, "chair", {"chair": "chair-2"})
    twice = await asyncio.gather(*(scene.call(f"{path}/start", version=seated["version"]) for _ in range(2)))
    assert sorted(answer.status_code for answer in twice) == [200, 412]
    back = await scene.call(f"/v1/sessions/{runs['session_id']}/chair", {"chair": "chair-2"}, version=2)
    assert (back.status_code, back.json()["code"], codes(back)) == (409, "CHAIR_TAKEN", ["OCCUPIED"])
