"""Somebody is called to the chair (domain C.4), although notifications is silent and in the end the broker is gone."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from cli.standins.mail import MailStandin
from services.scheduling.app import DEFINITION
from shared.clinicfile.controlled import ControlledPolicy, LedgerAlarms
from shared.clinicfile.lint import lint
from shared.clinicfile.oncall import OnCall, Rung
from shared.events.scheduling import SessionCompleted
from shared.runtime.clock_loop import set_offset
from shared.runtime.parts.broker import EmbeddedBroker
from tests.integration.scheduling.cabinet import SEEN, Cabinet
from tests.integration.scheduling.conftest import INTAKE
from tests.integration.scheduling.scene import AWAY, FULL, HOME, IDENTIFIERS, Scene
from tests.integration.scheduling.steps import CALM, jump
from tests.support.house import larkspur, running
from tests.support.postgres import Postgres
from tests.support.webhook import Webhook

pytestmark = pytest.mark.asyncio(loop_scope="package")
LOW = {"spo2": 88}
BAD = {"signs": ["CHEST_PAIN"]}
ATTESTED = {"seen": "ON_PAPER", "order": True, "screening": True, "consent": True, "no_concern": True}


@dataclass
class Ward:
    """A session whose dose runs, a pager at which the first rung is reached, a mailbox of the second; `later` is booked
    for another week."""

    scene: Scene
    broker: EmbeddedBroker
    mail: MailStandin
    webhook: Webhook
    session: dict[str, Any]
    later: dict[str, Any]

    async def alert(self, **vitals: Any) -> str:
        """The alert that a look at the patient raises."""
        (raised,) = (await self.scene.observe(self.session, **vitals))["alerts"]
        return str(raised["alert_id"])

    async def see(self, alert: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.scene.see(f"/v1/alerts/{alert}")).json()
        return found

    async def paged(self, alert: str) -> list[tuple[str, int, str]]:
        """Who was paged by which escalation, and what became of it."""
        return [(page["to"], page["escalation"], page["outcome"]) for page in (await self.see(alert))["pages"]]

    async def acknowledge(self, alert: str, *done: str) -> dict[str, Any]:
        answer = await self.scene.call(f"/v1/alerts/{alert}/acknowledge", {"done": done})
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


@pytest_asyncio.fixture(scope="module", loop_scope="package")
async def ward(postgres: Postgres) -> AsyncIterator[Ward]:
    broker, mail, webhook = EmbeddedBroker(), MailStandin(), Webhook()
    broker.start()
    settings = {"smtp_url": await mail.start(), "mail_from": "visits@clinic.example"}
    rungs = (
        Rung(name="Nurse in charge", role="Nurse", minutes=5, webhook=f"{await webhook.start()}/200"),
        Rung(name="Prescriber", role="Clinician", minutes=5, email="prescriber@mail.example"),
    )
    clinic = larkspur().model_copy(
        update={
            "on_call": OnCall(ladder=rungs, repeat_minutes=20),
            "controlled": ControlledPolicy(alarms=LedgerAlarms(repeat_hours=1)),
        }
    )
    async with running(
        [DEFINITION, INTAKE], postgres, broker.bootstrap, clinic=clinic, settings={"scheduling": settings}
    ) as house:
        scene = Scene(house)
        wish = {"start_on": scene.next_monday(1).isoformat()}
        later = (await scene.book(await scene.patient(), **wish))["sessions"][0]
        session = await scene.started((await scene.book(await scene.patient()))["sessions"][0])
        yield Ward(scene, broker, mail, webhook, session, later)
    broker.stop()
    await mail.stop()
    await webhook.stop()


async def test_an_alert_acknowledged_in_time_pages_nobody(ward: Ward) -> None:
    alert = await ward.alert(**LOW)
    raised = await ward.see(alert)
    board = (await ward.scene.see("/v1/board", clinic_id=ward.session["clinic_id"])).json()["chairs"]
    assert [chair["open_alerts"] for chair in board if chair["session_id"]] == [1]
    handled = await ward.acknowledge(alert, "OXYGEN_GIVEN", "REPOSITIONED")
    assert handled["acknowledged_at"] < raised["acknowledge_by"]
    again = await ward.acknowledge(alert, "PRESCRIBER_CALLED")
    assert [answer["done"] for answer in again["answers"]] == [["OXYGEN_GIVEN", "REPOSITIONED"], ["PRESCRIBER_CALLED"]]
    assert again["acknowledged_at"] == handled["acknowledged_at"]
    await ward.scene.wait(2)
    assert (await ward.paged(alert), ward.webhook.pages, ward.mail.mails) == ([], [], [])


async def test_nobody_acknowledges_an_urgent_alert_and_it_climbs_until_somebody_does(ward: Ward) -> None:
    alert = await ward.alert(**LOW)
    await ward.scene.wait(0.4)
    assert await ward.paged(alert) == []
    await ward.scene.wait(0.2)
    assert await ward.paged(alert) == [("Nurse in charge", 1, "TAKEN")]
    await ward.scene.wait(5)
    assert await ward.paged(alert) == [("Nurse in charge", 1, "TAKEN"), ("Prescriber", 2, "TAKEN")]
    (page,), (mail,) = ward.webhook.pages, ward.mail.mails
    assert (page["reference"], mail.to) == (alert, "prescriber@mail.example")
    assert lint(page["text"], "https://portal.example.org") == []
    listed = (await ward.scene.see("/v1/alerts", clinic_id=ward.session["clinic_id"])).json()["items"]
    assert alert in [one["alert_id"] for one in listed]
    assert (await ward.acknowledge(alert, "INFUSION_STOPPED"))["escalations"] == 2
    await ward.scene.wait(60)
    assert len(await ward.paged(alert)) == 2
    listed = (await ward.scene.see("/v1/alerts", clinic_id=ward.session["clinic_id"])).json()["items"]
    assert alert not in [one["alert_id"] for one in listed]


async def test_an_emergency_pages_at_once(ward: Ward) -> None:
    alert = await ward.alert(**BAD)
    await ward.scene.house.settle()
    assert await ward.paged(alert) == [("Nurse in charge", 0, "TAKEN")]
    assert (await ward.acknowledge(alert, "EMS_CALLED"))["level"] == "EMERGENCY"


async def test_one_episode_is_one_alert_and_when_it_gets_worse_it_pages_anew(ward: Ward) -> None:
    alert = await ward.alert(spo2=93)
    assert await ward.alert(spo2=93) == alert
    assert await ward.alert(respiratory_rate=9) != alert
    await ward.scene.wait(1)
    assert await ward.paged(alert) == []
    assert await ward.alert(**LOW) == alert
    seen = await ward.see(alert)
    assert (seen["level"], seen["finding"], seen["count"]) == ("CRITICAL", "SpO2 88 %", 3)
    assert [one["level"] for one in seen["findings"]] == ["WARN", "WARN", "CRITICAL"]
    await ward.scene.wait(0.6)
    assert await ward.paged(alert) == [("Nurse in charge", 1, "TAKEN")]
    await ward.acknowledge(alert, "OXYGEN_GIVEN")
    again = await ward.alert(**LOW)
    assert again != alert
    await ward.acknowledge(again, "OXYGEN_GIVEN")


async def test_what_lies_behind_wakes_nobody_until_it_is_seen_again_now(ward: Ward) -> None:
    told = [{"source": "paper"}, {"occurred_at": (ward.scene.now - timedelta(minutes=6)).isoformat()}]
    for how in told:
        alert = await ward.alert(**LOW, **how)
        raised = await ward.see(alert)
        assert (raised["level"], raised["acknowledge_by"] is None) == ("CRITICAL", False)
        await ward.scene.wait(1)
        assert await ward.paged(alert) == []
    assert await ward.alert(**LOW) == alert
    await ward.scene.wait(0.6)
    assert await ward.paged(alert) == [("Nurse in charge", 1, "TAKEN")]
    await ward.acknowledge(alert, "OXYGEN_GIVEN")


async def test_front_desk_cannot_take_an_alert_up_and_an_answer_says_what_was_done(ward: Ward) -> None:
    alert = await ward.alert(signs=["NAUSEA"])
    desk = ward.scene.house.tokens.staff("frontdesk")
    path = f"/v1/alerts/{alert}/acknowledge"
    assert (await ward.scene.call(path, {"done": ["WATCHED"]}, token=desk)).status_code == 403
    assert (await ward.scene.call(path, {"done": []})).status_code == 422
    assert (await ward.see(alert))["answers"] == []
    await ward.acknowledge(alert, "MEDICINE_GIVEN")


async def test_a_loss_pages_at_its_own_pace_about_no_patient_until_it_is_told(ward: Ward) -> None:
    """Told late, so that its notice (H.4: within a business day) is overdue from the beginning."""
    scene, cabinet = ward.scene, await Cabinet(ward.scene).open("FK5555555")
    await scene.run("UPDATE drug_registration SET registered_at = registered_at - interval '30 days'")
    arrived, discovered = ((scene.now - timedelta(days=days)).isoformat() for days in (10, 9))
    vial = await cabinet.vial("GONE", occurred_at=arrived)
    loss = {"mg": "500", "reason": "THEFT", "occurred_at": discovered, **SEEN}
    lost = (await scene.call(f"/v1/vials/{vial}/loss", loss)).json()
    path = f"/v1/stock-discrepancies/{lost['discrepancy_id']}"

    async def paged() -> list[tuple[str, str]]:
        return [(page["to"], page["outcome"]) for page in (await scene.see(path)).json()["pages"]]

    await scene.house.settle()
    assert await paged() == [("Nurse in charge", "TAKEN")]
    page = ward.webhook.pages[-1]
    assert (page["reference"], lint(page["text"], "https://portal.example.org")) == (lost["discrepancy_id"], [])
    await scene.wait(60)
    assert await paged() == [("Nurse in charge", "TAKEN"), ("Prescriber", "TAKEN")]
    assert ward.mail.mails[-1].message["Subject"].endswith(": a record of the cabinet waits")
    for step in ("NOTICE", "FORM_106"):
        version = (await scene.see(path)).json()["version"]
        told = await scene.call(f"{path}/report", {"step": step, "reference": "FO-1189"}, version=version)
        assert told.status_code == 200, told.text
    await scene.wait(3 * 60)
    assert len(await paged()) == 2
    whose = "SELECT DISTINCT patient_id FROM discrepancy_page"
    assert [row["patient_id"] for row in await scene.house.rows("scheduling", whose)] == [None]


async def test_pages_need_neither_broker_nor_other_services_and_paper_of_later_wakes_nobody(ward: Ward) -> None:
    ward.broker.stop()
    before = len(ward.webhook.pages)
    alert = await ward.alert(**LOW)
    service = ward.scene.house.services["scheduling"]
    await set_offset(service, service.clock.offset + timedelta(seconds=31))
    for _ in range(400):
        if len(ward.webhook.pages) > before:
            break
        await asyncio.sleep(0.05)
    assert [page["reference"] for page in ward.webhook.pages[before:]] == [alert]
    await ward.acknowledge(alert, "INFUSION_STOPPED")
    await ward.scene.step(ward.session, "abort", {"reason": "CLINICAL_DECISION", "dose_mg": 20, "minutes": 30})
    noted = await ward.alert(**LOW, source="paper", occurred_at=ward.session["started_at"])
    waiting = "SELECT 1 FROM timer WHERE aggregate_id = $1"
    assert await ward.scene.house.rows("scheduling", waiting, noted) == []
    assert (await ward.see(noted))["acknowledge_by"] is not None


async def test_a_whole_session_runs_with_the_broker_gone(ward: Ward) -> None:
    """From the door to the way home on this database alone; what intake would say is attested, what is said waits."""
    ward.broker.stop()
    scene, path = ward.scene, f"/v1/appointments/{ward.later['appointment_id']}"
    await jump(scene, (datetime.fromisoformat(ward.later["starts"]["utc"]) - scene.now) / timedelta(minutes=1))
    await scene.run("UPDATE heard SET until = clock_timestamp() - interval '61 s'")
    escort = {"name": "Sam Quist", "phone": "+12085550107", "at_least_18": True}
    version = (await scene.call(f"{path}/escort", escort, version=ward.later["version"])).json()["version"]
    here = await scene.call(f"{path}/check-in", IDENTIFIERS, version=version)
    assert here.status_code == 201, here.text
    session, start = here.json(), f"/v1/sessions/{here.json()['session_id']}/start"
    assert (await scene.call(f"/v1/sessions/{session['session_id']}/day-check", scene.day())).json()["passed"] is True
    await scene.observe(session, **FULL)
    version = (await scene.step(session, "chair", {"chair": "chair-3"}))["version"]
    unknown = await scene.call(start, version=version)
    assert (unknown.status_code, unknown.json()["code"]) == (409, "ATTESTATION_NEEDED")
    begun = await scene.call(start, {"attestation": ATTESTED}, version=version)
    assert begun.status_code == 200, begun.text
    await jump(scene, minutes=40)
    await scene.observe(session, **CALM, cadss=8, moaas=4)
    await scene.step(session, "infusion-end", {"dose_mg": 35, "minutes": 40})
    await jump(scene, minutes=60)
    await scene.observe(session, **AWAY)
    assert (await scene.step(session, "discharge", HOME))["state"] == "COMPLETED"
    unsent = await scene.house.rows("scheduling", "SELECT type FROM outbox WHERE sent_at IS NULL")
    assert SessionCompleted.type in [row["type"] for row in unsent]
