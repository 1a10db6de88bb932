"""What is proposed after a session over HTTP: made, shown, accepted, rejected, overtaken."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.app import DEFINITION
from shared.clinicfile.prescribing import ReactingPlan
from shared.events.intake import OrderRevoked, OrderSigned, PlanProposalDecided, PlanProposed
from shared.events.parts import AlertDetail
from shared.events.scheduling import (
    SessionAborted,
    SessionCompleted,
    VitalAlertEased,
    VitalAlertRaised,
    VitalAlertWithdrawn,
)
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from shared.sealing import Sealed
from tests.integration.intake.conftest import Intake
from tests.integration.intake.merges import merged
from tests.integration.intake.sessions import check_in, completed, tell
from tests.support.house import larkspur, running
from tests.support.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def reacting(postgres: Postgres) -> AsyncIterator[Intake]:
    """A clinic that wants a proposal after each session."""
    file = larkspur()
    policy = file.prescribing.model_copy(update={"reacting_plan": ReactingPlan(enabled=True)})
    cluster = EmbeddedBroker()
    cluster.start()
    clinic = file.model_copy(update={"prescribing": policy})
    async with running([DEFINITION], postgres, cluster.bootstrap, clinic=clinic) as house:
        yield Intake(house)
    cluster.stop()


async def ordered(intake: Intake) -> tuple[UUID, dict[str, Any]]:
    patient = await intake.cleared()
    return patient, (await intake.ordered(patient, standing=["ondansetron"])).json()


def given(intake: Intake, patient: UUID, order: dict[str, Any], **told: Any) -> SessionCompleted:
    """A session under the order, after the score that was taken before it."""
    now = intake.house.clock.now()
    event = completed(
        patient, now, order_id=UUID(order["id"]), protocol=order["protocol"], infusion_started_at=now,
        infusion_ended_at=now,
    )  # fmt: skip
    return event.model_copy(update=told)


async def proposals(intake: Intake, patient: UUID) -> list[dict[str, Any]]:
    answer = await intake.get(f"/v1/patients/{patient}/proposals", by="nurse")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def decide(intake: Intake, proposal: dict[str, Any], how: str, **body: Any) -> Any:
    path = f"/v1/proposals/{proposal['id']}/{how}"
    return await intake.post(path, body, by="clinician", If_Match=f'"{proposal["version"]}"')


async def test_what_is_proposed_is_signed_once_a_clinician_accepts_it(reacting: Intake) -> None:
    patient, order = await ordered(reacting)
    await tell(reacting, patient, given(reacting, patient, order))
    (proposal,) = await proposals(reacting, patient)
    assert (proposal["kind"], proposal["mg_per_kg"], proposal["dose_mg"]) == ("RAISE", "0.6", 42)
    assert len(await reacting.said(patient, OrderSigned)) == 1
    query = f"/v1/worklist?clinic_id={reacting.house.clinic.clinic_id}&limit=200"
    listed = (await reacting.get(query, by="clinician")).json()["items"]
    (item,) = [one for one in listed if one["about"] == proposal["id"]]
    assert item["why"] == ["IV_MOOD_6: RAISE, 0.5 to 0.6 mg/kg, 42 mg", "BENEFIT_TOO_SMALL"]
    accepted = (await decide(reacting, proposal, "accept")).json()
    assert (accepted["state"], accepted["decided_by"]) == ("ACCEPTED", "staff-1")
    newest = (await reacting.get(f"/v1/orders/{accepted['order_id']}", by="nurse")).json()
    assert (newest["mg_per_kg"], newest["dose_mg"], newest["first_dose"]) == ("0.6", 42, False)
    assert [one["id"] for one in newest["standing"]] == ["ondansetron"]
    assert [str(event.order_id) for event in await reacting.said(patient, OrderRevoked)] == [order["id"]]
    assert (await decide(reacting, accepted, "accept")).status_code == 409


async def test_a_proposal_goes_by_the_weight_that_was_corrected(reacting: Intake) -> None:
    patient, order = await ordered(reacting)
    await tell(reacting, patient, given(reacting, patient, order))
    (proposal,) = await proposals(reacting, patient)
    assert (proposal["dose_mg"], proposal["version"]) == (42, 1)
    listed = await reacting.get(f"/v1/patients/{patient}/readings?kind=WEIGHT", by="nurse")
    (weight,) = listed.json()["items"]
    body = {"weight_kg": "80", "reason_code": "SCALE_WAS_WRONG"}
    answer = await reacting.post(f"/v1/readings/{weight['id']}/correct", body, by="nurse")
    assert answer.status_code == 201, answer.text
    (anew,) = await proposals(reacting, patient)
    assert (anew["id"], anew["kind"], anew["dose_mg"], anew["version"]) == (proposal["id"], "RAISE", 48, 2)
    assert (await decide(reacting, proposal, "accept")).status_code == 412
    assert [event.version for event in await reacting.said(patient, PlanProposed)] == [1, 2]


async def test_nothing_changes_when_it_is_rejected_and_the_next_session_overtakes_it(reacting: Intake) -> None:
    patient, order = await ordered(reacting)
    await tell(reacting, patient, given(reacting, patient, order))
    (first,) = await proposals(reacting, patient)
    await tell(reacting, patient, given(reacting, patient, order))
    second, before = await proposals(reacting, patient)
    assert (before["id"], before["state"]) == (first["id"], "OVERTAKEN")
    assert (second["kind"], second["reasons"]) == ("HOLD", ["PHQ9_MISSING"])
    assert (await decide(reacting, second, "reject")).status_code == 422
    rejected = (await decide(reacting, second, "reject", reason_code="SCORE_WAS_ON_PAPER")).json()
    assert rejected["state"] == "REJECTED"
    assert [event.state for event in await reacting.said(patient, PlanProposalDecided)] == ["OVERTAKEN", "REJECTED"]
    assert len(await reacting.said(patient, OrderSigned, OrderRevoked)) == 1


@pytest.mark.parametrize(("level", "kind"), [("WARN", "RAISE"), ("CRITICAL", "HOLD"), ("UNHEARD_OF", "HOLD")])
async def test_a_session_that_was_not_tolerated_holds_the_next_dose(reacting: Intake, level: str, kind: str) -> None:
    patient, order = await ordered(reacting)
    session = given(reacting, patient, order)
    await tell(reacting, patient, _alert(session, level), session)
    (proposal,) = await proposals(reacting, patient)
    assert proposal["kind"] == kind
    if kind == "HOLD":
        assert proposal["reasons"] == ["STOP_EVENT"]
        held = (await decide(reacting, proposal, "accept")).json()
        assert (held["state"], held["order_id"]) == ("ACCEPTED", None)
        assert (await reacting.get(f"/v1/orders/{order['id']}", by="nurse")).json()["stage"] == "REVOKED"


@pytest.mark.parametrize(
    ("levels", "aborted", "standing", "kind"),
    [
        (["CRITICAL"], False, 0, "RAISE"),
        (["CRITICAL"], False, 1, "RAISE"),
        (["CRITICAL", "EMERGENCY"], False, 1, "HOLD"),
        (["CRITICAL", "EMERGENCY"], False, 0, "RAISE"),
        (["CRITICAL"], True, 0, "HOLD"),
    ],
)
async def test_an_alert_that_was_another_patients_is_not_held_against_the_plan(
    reacting: Intake, levels: list[str], aborted: bool, standing: int, kind: str
) -> None:
    patient, order = await ordered(reacting)
    session = given(reacting, patient, order)
    alerts = [_alert(session, level) for level in levels]
    await tell(reacting, patient, *alerts, *([_abort(session)] if aborted else []), session)
    (held,) = await proposals(reacting, patient)
    assert (held["kind"], held["reasons"]) == ("HOLD", ["STOP_EVENT"])
    withdrawn = VitalAlertWithdrawn(
        alert_id=alerts[0].alert_id, session_id=session.session_id, patient_id=patient,
        withdrawn_at=session.discharged_at, standing=standing,
    )  # fmt: skip
    await tell(reacting, patient, withdrawn)
    (proposal,) = await proposals(reacting, patient)
    assert (proposal["kind"], proposal["version"]) == (kind, 1 if kind == "HOLD" else 2)


@pytest.mark.parametrize(("level", "kind"), [("WARN", "RAISE"), ("HOLD", "RAISE"), ("CRITICAL", "HOLD")])
async def test_an_alert_that_is_milder_without_another_patients_finding_weighs_as_it_is_now(
    reacting: Intake, level: str, kind: str
) -> None:
    patient, order = await ordered(reacting)
    session = given(reacting, patient, order)
    alert = _alert(session, "EMERGENCY")
    detail = AlertDetail(rule_id="AL-03", level=level, finding="pressure")
    eased = VitalAlertEased(
        alert_id=alert.alert_id, session_id=session.session_id, patient_id=patient, eased_at=session.discharged_at,
        alert=Sealed.of(detail),
    )  # fmt: skip
    await tell(reacting, patient, alert, session, eased)
    assert [one["kind"] for one in await proposals(reacting, patient)] == [kind]


def _alert(session: SessionCompleted, level: str) -> VitalAlertRaised:
    detail = AlertDetail(rule_id="AL-03", level=level, finding="pressure")
    return VitalAlertRaised(
        alert_id=new_id(), session_id=session.session_id, patient_id=session.patient_id,
        raised_at=session.discharged_at, alert=Sealed.of(detail),
    )  # fmt: skip


def _abort(session: SessionCompleted) -> SessionAborted:
    return SessionAborted(
        session_id=session.session_id, appointment_id=new_id(), patient_id=session.patient_id,
        aborted_at=session.discharged_at, delivered=session.delivered,
    )  # fmt: skip


async def test_what_happened_since_makes_a_proposal_outdated_until_it_is_renewed(reacting: Intake) -> None:
    patient, order = await ordered(reacting)
    session = given(reacting, patient, order)
    await tell(reacting, patient, session)
    (proposal,) = await proposals(reacting, patient)
    await tell(reacting, patient, _abort(session))
    outdated = await decide(reacting, proposal, "accept")
    assert (outdated.status_code, outdated.json()["code"]) == (409, "PROPOSAL_OUTDATED")
    renewed = (await decide(reacting, proposal, "renew")).json()
    assert (renewed["kind"], renewed["reasons"], renewed["version"]) == ("HOLD", ["STOP_EVENT"], 2)
    assert [event.version for event in await reacting.said(patient, PlanProposed)] == [1, 2]


async def test_a_check_in_after_the_session_makes_the_proposal_anew(reacting: Intake) -> None:
    patient, order = await ordered(reacting)
    session = given(reacting, patient, order)
    await tell(reacting, patient, session)
    (proposal,) = await proposals(reacting, patient)
    assert (proposal["kind"], proposal["version"]) == ("RAISE", 1)
    well = {"side_effects": []}
    assert (await check_in(reacting, patient, session.session_id, **well)).status_code == 201
    assert [one["version"] for one in await proposals(reacting, patient)] == [1], "it says nothing else"
    assert (await check_in(reacting, patient, session.session_id, side_effects=["NAUSEA"])).status_code == 201
    (renewed,) = await proposals(reacting, patient)
    assert (renewed["kind"], renewed["reasons"], renewed["version"]) == ("CONTINUE", ["SIDE_EFFECTS_REPORTED"], 2)
    assert (await check_in(reacting, patient, session.session_id, unsafe_thoughts="yes")).status_code == 201
    (held,) = await proposals(reacting, patient)
    assert (held["kind"], held["reasons"]) == ("HOLD", ["SAFETY_CONCERN_OPEN"])
    assert [event.version for event in await reacting.said(patient, PlanProposed)] == [1, 2, 3]


async def test_another_interval_is_signed_with_the_order_that_is_accepted(reacting: Intake) -> None:
    patient = await reacting.cleared()
    order = (await reacting.ordered(patient, protocol="IV_MAINT_MONTHLY")).json()
    assert order["interval_days"] is None
    session = given(reacting, patient, order, session_number=1)
    await tell(reacting, patient, session)
    await check_in(reacting, patient, session.session_id, side_effects=["NAUSEA"])
    (proposal,) = await proposals(reacting, patient)
    assert (proposal["kind"], proposal["interval_days"]) == ("CONTINUE", 28)
    assert proposal["reasons"] == ["SIDE_EFFECTS_REPORTED", "INTERVAL_KEPT"]
    accepted = (await decide(reacting, proposal, "accept")).json()
    newest = (await reacting.get(f"/v1/orders/{accepted['order_id']}", by="nurse")).json()
    assert (newest["interval_days"], newest["mg_per_kg"], newest["stage"]) == (28, order["mg_per_kg"], "SIGNED")
    told = await reacting.told(patient, OrderSigned, "order")
    assert [content.interval_days for content in told] == [None, 28]


async def test_what_was_proposed_for_an_absorbed_record_is_signed_for_the_survivor(reacting: Intake) -> None:
    absorbed, order = await ordered(reacting)
    await tell(reacting, absorbed, given(reacting, absorbed, order))
    (proposal,) = await proposals(reacting, absorbed)
    survivor = await reacting.registered()
    await merged(reacting, survivor, absorbed)
    assert [one["id"] for one in await proposals(reacting, survivor)] == [proposal["id"]]
    screening = (await reacting.get(f"/v1/patients/{survivor}/screening", by="nurse")).json()
    await reacting.post(f"/v1/screenings/{screening['id']}/review", {"cleared": ["IV_MOOD"]}, by="clinician")
    accepted = await decide(reacting, proposal, "accept")
    assert accepted.status_code == 200, accepted.text
    newest = (await reacting.get(f"/v1/orders/{accepted.json()['order_id']}", by="nurse")).json()
    assert (newest["patient_id"], newest["mg_per_kg"], newest["first_dose"]) == (str(survivor), "0.6", False)
    assert [str(event.order_id) for event in await reacting.said(absorbed, OrderRevoked)] == [order["id"]]


async def test_where_a_clinic_does_not_want_it_nothing_is_proposed(intake: Intake) -> None:
    patient, order = await ordered(intake)
    await tell(intake, patient, given(intake, patient, order))
    assert (await proposals(intake, patient), await intake.said(patient, PlanProposed)) == ([], [])
