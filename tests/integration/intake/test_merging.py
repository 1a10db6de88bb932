"""Two records of one person over HTTP: merged by staff, read as one, taken back without a loss."""

import asyncio
from typing import Any
from uuid import UUID

import pytest

from services.intake.commands.people.merging import MERGERS
from services.intake.history import histories_of, history_of
from services.intake.models import Patient
from shared.events.intake import (
    AssessmentAnswered,
    AssessmentDue,
    ConsentRevoked,
    OrderRevoked,
    PatientMerged,
    PatientScreened,
    PatientUnlinked,
    SafetyConcernRaised,
)
from shared.events.scheduling import AppointmentBooked, AppointmentMoved
from shared.ids import named_id, new_id
from tests.integration.intake.conftest import PERSON, Intake, codes, findings, outcome
from tests.integration.intake.merges import merge, merged, unlinked
from tests.integration.intake.safety import open_concerns, resolve
from tests.integration.intake.sessions import HOUR, check_in, completed, due, tell, visit

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def newest(intake: Intake, patient: UUID) -> dict[str, Any]:
    return dict((await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json())


async def listed(intake: Intake, patient: UUID, what: str) -> list[dict[str, Any]]:
    answer = await intake.get(f"/v1/patients/{patient}/{what}", by="clinician")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


async def test_what_either_record_says_counts_for_both_until_it_is_taken_back(intake: Intake) -> None:
    survivor = await intake.cleared()
    absorbed, _ = await intake.screened(pregnant="yes")
    await intake.phq9(absorbed, *[0] * 8, 2)
    assert "SCR-020" not in findings(await newest(intake, survivor))
    one = await merged(intake, survivor, absorbed)
    seen = [await newest(intake, patient) for patient in (survivor, absorbed)]
    assert "SCR-020" in findings(seen[0])
    assert seen[0] == seen[1]
    assert [c["source"] for c in await open_concerns(intake, survivor)] == ["PHQ9-ITEM9"]
    assert len(await listed(intake, survivor, "outcomes")) == 3
    refused = await intake.ordered(survivor)
    assert (refused.status_code, "SAFETY_CONCERN_OPEN" in codes(refused)) == (409, True), refused.text
    copied = (await intake.get(f"/v1/patients/{survivor}/export", by="admin")).json()["records"]
    assert {row["id"] for row in copied["patient"]} == {str(survivor), str(absorbed)}
    assert (await unlinked(intake, one)).status_code == 200
    assert "SCR-020" not in findings(await newest(intake, survivor))
    assert "SCR-020" in findings(await newest(intake, absorbed))
    assert await open_concerns(intake, survivor) == []
    assert len(await open_concerns(intake, absorbed)) == 1


async def test_histories_read_together_are_those_read_alone_and_hold_what_either_record_says(intake: Intake) -> None:
    survivor, _ = await intake.screened()
    absorbed, _ = await intake.screened({"allergies": ["latex"]}, pregnant="yes")
    other = await intake.registered()
    await intake.readings(absorbed, weight_kg="71")
    await merged(intake, survivor, absorbed)
    async with intake.house.unit("intake") as uow:
        patients = [await uow.session.get_one(Patient, one) for one in (survivor, absorbed, other)]
        together = await histories_of(uow, patients)
        alone = {patient.id: await history_of(uow, patient) for patient in patients}
    assert together == alone
    both = together[survivor]
    assert both.questionnaires == together[absorbed].questionnaires
    assert [given.answers.pregnant for given in both.questionnaires] == ["yes", "no"], "the newest first"
    assert [str(one.quantity.amount) for one in both.weights] == ["71", "70", "70"]
    assert (both.allergies, together[absorbed].allergies) == (("penicillin", "latex"), ("latex", "penicillin"))
    assert (len(both.item9), len(both.pressures), len(both.consents)) == (2, 2, 2)
    assert (together[other].questionnaires, together[other].weights, together[other].consents) == ([], [], [])


async def test_both_keys_tell_it_and_every_screening_after_is_newer_than_any_before(intake: Intake) -> None:
    survivor, _ = await intake.screened()
    absorbed, _ = await intake.screened()
    await intake.answers(absorbed, pregnant="yes")
    one = await merged(intake, survivor, absorbed)
    await unlinked(intake, one)
    told = {patient: await intake.said(patient, PatientMerged, PatientUnlinked) for patient in (survivor, absorbed)}
    assert [(type(event).__name__, event.version, event.patient_id) for event in told[absorbed]] == [
        ("PatientMerged", 1, absorbed), ("PatientUnlinked", 2, absorbed),
    ]  # fmt: skip
    assert [event.screened_from for event in told[survivor]] == [event.screened_from for event in told[absorbed]]
    since_merge, since_unlink = (event.screened_from for event in told[survivor])
    versions = {patient: [e.version for e in await intake.said(patient, PatientScreened)] for patient in told}
    assert max(versions[absorbed][:-1]) < since_merge <= versions[survivor][-2] < since_unlink
    assert min(versions[survivor][-1], versions[absorbed][-1]) >= since_unlink
    assert [event.clinics for event in told[absorbed][:1]] == [(intake.house.clinic.clinic_id,)]


async def test_no_decision_made_on_two_histories_outlives_the_merge(intake: Intake) -> None:
    """The survivor never answered: what was decided with the other's answers must not stand for it."""
    survivor = await intake.registered()
    absorbed, _ = await intake.screened()
    one = await merged(intake, survivor, absorbed)
    assert outcome(await newest(intake, survivor)) == "ELIGIBLE"
    await unlinked(intake, one)
    alone = await newest(intake, survivor)
    assert outcome(alone) != "ELIGIBLE"
    assert findings(alone)["SCR-010"] == "INCOMPLETE"
    assert outcome(await newest(intake, absorbed)) == "ELIGIBLE"


async def test_what_was_planned_for_either_record_is_answered_under_either_id(intake: Intake) -> None:
    survivor, absorbed = await intake.registered(), await intake.registered()
    now, booked = intake.house.clock.now(), visit(intake, absorbed, 48 * HOUR)
    await tell(intake, absorbed, AppointmentBooked(**booked))
    one = await merged(intake, survivor, absorbed)
    session = completed(absorbed, now - 25 * HOUR)
    await tell(intake, absorbed, session)
    for patient in (survivor, absorbed):
        assert await due(intake, patient) == [("BEFORE_SESSION", "DUE"), ("CHECK_IN_24H", "DUE")]
    assert (await check_in(intake, survivor, session.session_id)).status_code == 201
    await intake.phq9(survivor, *[0] * 8, 1)
    await intake.house.settle()
    answered = [event.occasion for event in await intake.said(absorbed, AssessmentAnswered)]
    assert sorted(answered) == ["BEFORE_SESSION", "CHECK_IN_24H"]
    (screener,) = await listed(intake, survivor, "assessments-due")
    assert (screener["instrument"], screener["appointment_id"]) == ("CSSRS_SCREEN", str(booked["appointment_id"]))
    moved = visit(intake, absorbed, 60 * HOUR, version=2, appointment=booked["appointment_id"])
    await tell(intake, absorbed, AppointmentMoved(**moved, previous_starts_at=booked["starts_at"], moved_at=now))
    (later,) = await listed(intake, survivor, "assessments-due")
    assert later["late_from"]["utc"] > screener["late_from"]["utc"]
    await unlinked(intake, one)
    again = [(i["occasion"], i["instrument"]) for i in await listed(intake, absorbed, "assessments-due")]
    asked = [("BEFORE_SESSION", "PHQ9"), ("CHECK_IN_24H", "CHECK_IN")]
    assert sorted(again) == [("BEFORE_SESSION", "CSSRS_SCREEN"), *asked], "only the survivor had answered them"
    assert [event.occasion for event in await intake.said(absorbed, AssessmentDue)][-2:] == [why for why, _ in asked]
    assert await listed(intake, survivor, "assessments-due") == []


async def test_what_a_record_answered_itself_stays_answered_when_the_merge_is_taken_back(intake: Intake) -> None:
    survivor, absorbed = await intake.registered(), await intake.registered()
    for patient in (survivor, absorbed):
        await tell(intake, patient, AppointmentBooked(**visit(intake, patient, 48 * HOUR)))
    await intake.phq9(absorbed, *[0] * 9)
    one = await merged(intake, survivor, absorbed)
    assert len(await listed(intake, survivor, "assessments-due")) == 1, "a merge answers nothing by itself"
    await intake.phq9(survivor, *[0] * 9)
    await unlinked(intake, one)
    assert [await listed(intake, patient, "assessments-due") for patient in (survivor, absorbed)] == [[], []]


async def test_documents_of_either_record_are_read_under_both_and_sent_in_to_the_survivor(intake: Intake) -> None:
    survivor, absorbed = await intake.registered(), await intake.registered()
    paper = {"kind": "ECG", "content_type": "application/pdf", "size": 9, "sha256": "0" * 64}
    before = (await intake.post(f"/v1/patients/{absorbed}/documents", paper, by=absorbed)).json()
    one = await merged(intake, survivor, absorbed)
    assert (await intake.get(f"/v1/documents/{before['id']}", by=survivor)).status_code == 200
    sent = (await intake.post(f"/v1/patients/{absorbed}/documents", paper, by=absorbed)).json()
    assert sent["patient_id"] == str(survivor)
    for patient in (survivor, absorbed):
        assert [d["id"] for d in await listed(intake, patient, "documents")] == [sent["id"], before["id"]]
    await unlinked(intake, one)
    assert (await intake.get(f"/v1/documents/{before['id']}", by=survivor)).status_code == 404
    assert [d["id"] for d in await listed(intake, absorbed, "documents")] == [before["id"]]


async def test_what_was_signed_before_it_was_revoked_in_the_other_record_is_revoked(intake: Intake) -> None:
    survivor, absorbed = await intake.registered(), await intake.registered()
    earlier, revoked = await intake.consents(survivor), await intake.consents(absorbed)
    await intake.post(f"/v1/consents/{revoked['id']}/revoke", by=absorbed, If_Match='"1"')
    await merged(intake, survivor, absorbed)
    assert [str(event.consent_id) for event in await intake.said(survivor, ConsentRevoked)] == [earlier["id"]]
    later = await intake.consents(survivor)
    assert later["state"] == "SIGNED"


async def test_an_allergy_in_either_record_ends_an_order_with_that_medicine(intake: Intake) -> None:
    survivor = await intake.cleared()
    order = (await intake.ordered(survivor, standing=["ondansetron"])).json()
    absorbed = await intake.registered(allergies=["ondansetron"])
    await merged(intake, survivor, absorbed)
    assert [str(event.order_id) for event in await intake.said(survivor, OrderRevoked)] == [order["id"]]


async def test_a_merged_record_takes_nothing_new_but_no_word_of_the_patient_is_lost(intake: Intake) -> None:
    survivor, absorbed = await intake.registered(), await intake.registered()
    one = await merged(intake, survivor, absorbed)
    body = {k: v for k, v in PERSON.items() if k != "clinic_id"}
    client = intake.house.client("intake", intake.token("frontdesk"))
    headers = {"Idempotency-Key": str(new_id()), "If-Match": '"2"'}
    changed = await client.put(f"/v1/patients/{absorbed}", json=body, headers=headers)
    for refused in (changed, await intake.ordered(absorbed)):
        assert (refused.status_code, refused.json()["code"]) == (409, "PATIENT_MERGED")
        assert refused.json()["params"] == {"survivor_id": str(survivor)}
    assert (await intake.get(f"/v1/patients/{absorbed}", by="nurse")).json()["merged_into"] == str(survivor)
    answer = await intake.answers(absorbed, by=absorbed, immediate_danger="yes")
    assert answer["crisis"] is not None
    assert await intake.said(absorbed, SafetyConcernRaised) == []
    (told,) = await intake.said(survivor, SafetyConcernRaised)
    assert (await resolve(intake, str(told.concern_id))).status_code == 200
    await unlinked(intake, one)
    assert (await intake.get(f"/v1/patients/{absorbed}", by="nurse")).json()["merged_into"] is None


async def test_a_patient_reaches_what_is_theirs_under_either_id_and_nobody_elses(intake: Intake) -> None:
    survivor, absorbed, stranger = [await intake.registered() for _ in range(3)]
    consent = await intake.consents(absorbed)
    assert (await intake.get(f"/v1/consents/{consent['id']}", by=survivor)).status_code == 404
    one = await merged(intake, survivor, absorbed)
    assert (await intake.get(f"/v1/consents/{consent['id']}", by=survivor)).status_code == 200
    assert (await intake.get(f"/v1/consents/{consent['id']}", by=stranger)).status_code == 404
    link = (await intake.post(f"/v1/patients/{absorbed}/login-links", by="nurse")).json()
    secret = {"token": link["url"].split("#")[1]}
    entered = await intake.post("/v1/public/wellmeadow/login", secret, by=None)
    assert entered.json()["patient_id"] == str(survivor)
    await unlinked(intake, one)
    assert (await intake.get(f"/v1/consents/{consent['id']}", by=survivor)).status_code == 404


async def test_nothing_is_merged_without_a_second_look(intake: Intake) -> None:
    survivor = await intake.registered()
    other = await intake.registered(birth_date="1986-03-15", sex_at_birth="unknown")
    unnamed = await merge(intake, survivor, other, differing=["BIRTH_DATE"])
    assert (unnamed.status_code, codes(unnamed)) == (422, {"DIFFERS"})
    assert [error["params"] for error in unnamed.json()["errors"]] == [{"sign": "SEX_AT_BIRTH"}]
    for stale in ({"absorbed_version": 9}, {"survivor_version": 9}):
        assert (await merge(intake, survivor, other, **stale)).status_code == 412
    for role in ("frontdesk", "nurse", "biller"):
        assert (await merge(intake, survivor, other, by=role)).status_code == 403
    assert MERGERS == ("clinician", "admin")
    assert codes(await merge(intake, survivor, survivor)) == {"SAME_RECORD"}
    unknown = await merge(intake, survivor, other, absorbed_id=str(new_id()))
    assert (unknown.status_code, codes(unknown)) == (404, {"UNKNOWN_PATIENT"})
    assert await intake.said(survivor, PatientMerged) == []
    assert (await merge(intake, survivor, other, differing=["BIRTH_DATE", "SEX_AT_BIRTH"])).status_code == 201
    (row,) = await listed(intake, other, "merges")
    assert (row["state"], row["survivor_id"], row["reason"]) == ("MERGED", str(survivor), "REGISTERED_TWICE")


async def test_merges_make_no_chain_and_no_circle(intake: Intake) -> None:
    first, second, third = [await intake.registered() for _ in range(3)]
    one = await merged(intake, first, second)
    chained, again = await merge(intake, third, first), await merge(intake, third, second)
    assert [answer.json()["code"] for answer in (chained, again)] == ["HAS_ABSORBED", "PATIENT_MERGED"]
    await merged(intake, first, third)
    assert (await unlinked(intake, one, expected=7)).status_code == 412
    assert (await unlinked(intake, one)).json()["state"] == "UNLINKED"
    over = await unlinked(intake, one, expected=2)
    assert (over.status_code, over.json()["params"]) == (409, {"state": "UNLINKED"})
    both = [await intake.registered() for _ in range(2)]
    answers = await asyncio.gather(merge(intake, *both), merge(intake, *reversed(both)))
    assert sorted(answer.status_code for answer in answers)[0] == 201
    rows = await intake.house.rows(
        "intake", "SELECT 1 FROM patient_alias WHERE merged AND patient_id = ANY ($1) AND survivor_id = ANY ($1)", both
    )
    assert len(rows) == 1


async def test_another_organisation_merges_nobody(intake: Intake) -> None:
    survivor, absorbed = await intake.registered(), await intake.registered()
    stranger = intake.house.tokens.staff("clinician", organisation=named_id("organisation", "elsewhere"))
    body = {"absorbed_id": str(absorbed), "absorbed_version": 1, "survivor_version": 1, "reason": "SAME"}
    answer = await intake.post(f"/v1/patients/{survivor}/merges", body, by=None, token=stranger)
    assert answer.status_code == 404
    assert await intake.said(survivor, PatientMerged) == []
