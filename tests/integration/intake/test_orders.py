"""Orders and consents over HTTP: what must hold, the dose, caps, versions."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from shared.events.intake import ConsentRevoked, ConsentSigned, OrderRevoked, OrderSigned
from shared.events.parts import DeliveredDose, Modality
from shared.events.scheduling import SessionCompleted
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.intake.conftest import ORDER, Intake, codes

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_signed_order_carries_dose_and_arithmetic(intake: Intake) -> None:
    patient = await intake.cleared()
    answer = await intake.ordered(patient)
    order = answer.json()
    assert (answer.status_code, answer.headers["ETag"]) == (201, '"1"')
    assert (order["dose_mg"], order["draw_ml"], order["rate_ml_per_hour"]) == (35, "0.70", "52.50")
    assert order["arithmetic"] == [
        "BMI = 70.00 kg / (1.65 m)^2 = 25.71 kg/m2",
        "dose weight = actual 70.00 kg, BMI below 30",
        "dose = 0.5 mg/kg * 70.00 kg = 35.00 mg, rounded 35 mg",
        "draw = 35 mg / 50 mg/mL = 0.70 mL",
        "bag = 35 mg / 1 mg/mL = 35.00 mL",
        "pump rate = 35.00 mL / (40 min / 60) = 52.50 mL/h",
    ]
    signed = (await intake.said(patient, OrderSigned))[0]
    assert signed.expires_at - signed.signed_at == timedelta(days=60)
    content = (await intake.told(patient, OrderSigned, "order"))[0]
    assert (content.dose_mg, content.mg_per_kg, content.minutes) == (35, Decimal("0.5"), 40)


async def test_without_a_review_nothing_is_ordered(intake: Intake) -> None:
    patient, _ = await intake.screened()
    refused = await intake.ordered(patient)
    assert (refused.status_code, refused.json()["code"]) == (409, "ORDER_NOT_ALLOWED")
    assert codes(refused) == {"SCREENING_NOT_REVIEWED"}


async def test_everything_that_is_missing_is_named_at_once(intake: Intake) -> None:
    refused = await intake.ordered(await intake.registered())
    assert codes(refused) == {"NOT_SCREENED", "WEIGHT_MISSING", "HEIGHT_MISSING", "ALLERGY_UNKNOWN"}


async def test_only_a_cleared_modality_is_ordered(intake: Intake) -> None:
    patient = await intake.cleared()
    pain = {"modality": "IV_PAIN", "protocol": "IV_PAIN_5X4H", "minutes": 240}
    assert codes(await intake.ordered(patient, **pain)) == {"MODALITY_NOT_CLEARED"}


async def test_a_newer_screening_needs_a_newer_review(intake: Intake) -> None:
    patient = await intake.cleared()
    await intake.answers(patient, failed_antidepressants=1)
    assert codes(await intake.ordered(patient)) == {"SCREENING_NOT_REVIEWED"}


async def test_an_old_weight_holds_an_order_up(lone_intake: Intake) -> None:
    patient = await lone_intake.cleared()
    await lone_intake.house.clock.advance(timedelta(days=31))
    assert codes(await lone_intake.ordered(patient)) == {"WEIGHT_TOO_OLD", "SCREENING_NOT_REVIEWED"}


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"mg_per_kg": "0.9"}, "ABOVE_FIRST_DOSE_CAP"),  # 63 mg
        ({"mg_per_kg": "1.1"}, "ABOVE_HARD_STOP"),
        ({"mg_per_kg": "2.1", "override": {"reason_code": "TOLERANT"}}, "ABOVE_ABSOLUTE_LIMIT"),
        ({"mg_per_kg": "0.05"}, "BELOW_USUAL_RANGE"),
        ({"minutes": 61}, "MINUTES_OUT_OF_RANGE"),
        ({"stock_mg_per_ml": 100}, "DILUTION_NEEDED"),
    ],
)
async def test_a_dose_outside_the_limits_is_refused(intake: Intake, changes: dict[str, Any], code: str) -> None:
    patient = await intake.cleared()
    refused = await intake.ordered(patient, **changes)
    assert (refused.status_code, refused.json()["code"]) == (422, "DOSE_REFUSED")
    assert code in codes(refused)
    assert await intake.said(patient, OrderSigned) == []


@pytest.mark.parametrize(
    ("changes", "pointer"),
    [({"protocol": "IV_NOTHING"}, "/protocol"), ({"modality": "IV_PAIN"}, "/modality")],
)
async def test_a_protocol_must_fit(intake: Intake, changes: dict[str, Any], pointer: str) -> None:
    refused = await intake.ordered(await intake.cleared(), **changes)
    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (422, pointer)


async def test_a_completed_treatment_ends_the_first_dose_cap(intake: Intake) -> None:
    patient = await intake.cleared()
    assert codes(await intake.ordered(patient, mg_per_kg="0.9")) == {"ABOVE_FIRST_DOSE_CAP"}
    await publish_completed(intake, patient)
    await publish_completed(intake, patient)
    order = (await intake.ordered(patient, mg_per_kg="0.9")).json()
    assert (order["dose_mg"], order["first_dose"]) == (63, False)


async def publish_completed(intake: Intake, patient: UUID) -> None:
    now = intake.house.clock.now()
    delivered = DeliveredDose(
        modality=Modality.IV_MOOD, protocol="IV_MOOD_6", order_id=new_id(), dose_mg=35, minutes=40,
        infusion_started_at=now - timedelta(minutes=100), infusion_ended_at=now - timedelta(minutes=60),
    )  # fmt: skip
    event = SessionCompleted(
        session_id=new_id(), appointment_id=new_id(), patient_id=patient, discharged_at=now,
        delivered=Sealed.of(delivered),
    )  # fmt: skip
    await intake.house.publish("scheduling", event, key=patient, clinic_id=intake.house.clinic.clinic_id)
    await intake.house.settle()


async def test_a_revoked_order_is_told_and_stays_revoked(intake: Intake) -> None:
    patient = await intake.cleared()
    order = (await intake.ordered(patient)).json()
    path = f"/v1/orders/{order['id']}/revoke"
    assert (await intake.post(path, by="clinician")).status_code == 428
    stale = await intake.post(path, by="clinician", If_Match='"7"')
    assert (stale.status_code, stale.headers["ETag"]) == (412, '"1"')
    assert (await intake.get(f"/v1/orders/{order['id']}", by="nurse")).json()["state"] == "SIGNED"
    revoked = await intake.post(path, by="clinician", If_Match='"1"')
    assert (revoked.status_code, revoked.json()["state"], revoked.headers["ETag"]) == (200, "REVOKED", '"2"')
    assert (await intake.post(path, by="clinician", If_Match='"2"')).status_code == 409
    assert [event.version for event in await intake.said(patient, OrderRevoked)] == [2]


async def test_an_order_keeps_the_id_that_the_client_made(intake: Intake) -> None:
    patient, order_id = await intake.cleared(), str(new_id())
    assert (await intake.ordered(patient, order_id=order_id)).json()["id"] == order_id
    again = await intake.ordered(patient, order_id=order_id)
    assert (again.status_code, codes(again)) == (409, {"IN_USE"})


async def test_a_first_dose_above_the_cap_is_signed_by_two(intake: Intake) -> None:
    patient, reason = await intake.cleared(), {"reason_code": "TOLERANT"}
    pending = (await intake.ordered(patient, mg_per_kg="0.9", above_first_dose_cap=reason)).json()
    assert (pending["state"], pending["stage"], pending["dose_mg"]) == ("REVOKED", "PENDING", 63)
    assert await intake.said(patient, OrderSigned) == []
    path, other = f"/v1/orders/{pending['id']}/countersign", intake.house.tokens.staff("clinician", subject="second")
    assert (await intake.post(path, by="clinician")).status_code == 428
    alone = await intake.post(path, by="clinician", If_Match='"1"')
    assert (alone.status_code, alone.json()["code"]) == (409, "SECOND_CLINICIAN_NEEDED")
    signed = (await intake.post(path, by=None, token=other, If_Match='"1"')).json()
    assert (signed["stage"], signed["signed_by"], signed["countersigned_by"]) == ("SIGNED", "staff-1", "second")
    assert (await intake.post(path, by=None, token=other, If_Match='"2"')).status_code == 409
    assert [event.version for event in await intake.said(patient, OrderSigned)] == [2]
    below = (await intake.ordered(patient, above_first_dose_cap=reason)).json()
    assert (below["stage"], below["dose_mg"]) == ("SIGNED", 35)


async def test_what_stands_in_the_way_by_then_stops_the_second_signature(intake: Intake) -> None:
    patient = await intake.cleared()
    pending = (await intake.ordered(patient, mg_per_kg="0.9", above_first_dose_cap={"reason_code": "TOLERANT"})).json()
    await intake.phq9(patient, *[0] * 8, 2)
    other = intake.house.tokens.staff("clinician", subject="second")
    refused = await intake.post(f"/v1/orders/{pending['id']}/countersign", by=None, token=other, If_Match='"1"')
    assert (refused.status_code, "SAFETY_CONCERN_OPEN" in codes(refused)) == (409, True)
    revoked = await intake.post(f"/v1/orders/{pending['id']}/revoke", by="clinician", If_Match='"1"')
    assert (revoked.json()["stage"], await intake.said(patient, OrderRevoked)) == ("REVOKED", [])


async def test_a_newer_order_takes_the_place_of_the_one_before(intake: Intake) -> None:
    patient = await intake.cleared()
    first = (await intake.ordered(patient)).json()
    other = (await intake.ordered(patient, protocol="IV_ANXIETY_6")).json()
    second = (await intake.ordered(patient, mg_per_kg="0.6")).json()
    shown = (await intake.get(f"/v1/patients/{patient}/orders", by="nurse")).json()["items"]
    assert [(order["id"], order["stage"], order["superseded_by"]) for order in shown] == [
        (second["id"], "SIGNED", None), (other["id"], "SIGNED", None), (first["id"], "SUPERSEDED", second["id"]),
    ]  # fmt: skip
    told = await intake.said(patient, OrderSigned, OrderRevoked)
    assert [(type(event), str(event.order_id)) for event in told[-2:]] == [
        (OrderSigned, second["id"]), (OrderRevoked, first["id"]),
    ]  # fmt: skip


async def test_medicines_beside_the_dose_are_signed_with_it_unless_an_allergy_or_a_fact_forbids(intake: Intake) -> None:
    patient = await intake.cleared()
    order = (await intake.ordered(patient, standing=["ondansetron"])).json()
    assert [(one["id"], one["kind"], one["max_per_24h"]) for one in order["standing"]] == [("ondansetron", "PRN", 2)]
    told = (await intake.told(patient, OrderSigned, "order"))[0]
    assert [(one.drug, one.dose, one.route) for one in told.standing] == [("ondansetron", Decimal(4), "IV")]
    odd = await intake.ordered(patient, standing=["aspirin", "ondansetron", "ondansetron"], no_known_allergies=True)
    assert (odd.status_code, {(e["pointer"], e["code"]) for e in odd.json()["errors"]}) == (
        422,
        {
            ("/standing/0", "UNKNOWN_STANDING_ORDER"),
            ("/standing/2", "NAMED_TWICE"),
            ("/no_known_allergies", "ALLERGIES_ON_RECORD"),
        },
    )


@pytest.mark.parametrize(
    ("allergies", "stated", "code"),
    [(["Zofran: hives"], False, "ALLERGY_TO_DRUG"), ([], False, "ALLERGIES_UNKNOWN"), ([], True, None)],
)
async def test_an_allergy_refuses_and_not_knowing_asks(
    intake: Intake, allergies: list[str], stated: bool, code: str | None
) -> None:
    patient = await intake.cleared(allergies=allergies)
    answer = await intake.ordered(patient, standing=["ondansetron"], no_known_allergies=stated)
    if code is None:
        assert (answer.status_code, len(answer.json()["standing"])) == (201, 1)
    else:
        assert (answer.status_code, {(e["pointer"], e["code"]) for e in answer.json()["errors"]}) == (
            409, {("/standing/0", code)},
        )  # fmt: skip


async def test_an_allergy_that_becomes_known_ends_the_orders_that_it_forbids(intake: Intake) -> None:
    patient = await intake.cleared()
    kept = (await intake.ordered(patient, protocol="IV_ANXIETY_6")).json()
    ended = (await intake.ordered(patient, standing=["ondansetron"])).json()
    read = await intake.get(f"/v1/patients/{patient}", by="frontdesk")
    unchanged = {name: value for name, value in intake.person().items() if name not in ("clinic_id", "consents")}
    headers = {"Idempotency-Key": str(new_id()), "If-Match": read.headers["ETag"]}
    client = intake.house.client("intake", intake.token("nurse"))
    body = unchanged | {"allergies": ["Zofran"]}
    changed = await client.put(f"/v1/patients/{patient}", json=body, headers=headers)
    assert changed.status_code == 200, changed.text
    assert [str(event.order_id) for event in await intake.said(patient, OrderRevoked)] == [ended["id"]]
    shown = (await intake.get(f"/v1/patients/{patient}/orders", by="nurse")).json()["items"]
    assert {order["id"]: order["stage"] for order in shown} == {kept["id"]: "SIGNED", ended["id"]: "REVOKED"}


async def test_a_signature_needs_a_fresh_login(intake: Intake) -> None:
    patient = await intake.cleared()
    for age, status in ((timedelta(minutes=14), 201), (timedelta(minutes=16), 401), (timedelta(minutes=-2), 401)):
        token = intake.house.tokens.staff("clinician", logged_in=age)
        answer = await intake.post(f"/v1/patients/{patient}/orders", ORDER, by=None, token=token)
        assert answer.status_code == status
    assert (answer.json()["code"], answer.json()["params"]) == ("STEP_UP_NEEDED", {"max_age_seconds": 900})
    assert 'max_age="900"' in answer.headers["WWW-Authenticate"]
    assert len(await intake.said(patient, OrderSigned)) == 1


async def test_only_a_clinician_orders(intake: Intake) -> None:
    patient = await intake.cleared()
    for who in ("nurse", patient):
        answer = await intake.post(f"/v1/patients/{patient}/orders", {}, by=who)
        assert answer.status_code in (403, 422)
        assert await intake.said(patient, OrderSigned) == []


CONSENT = {"document": "IV_TREATMENT", "document_version": "2026-10"}


async def test_a_patient_signs_a_consent_for_a_year_and_revokes_it(intake: Intake) -> None:
    patient = await intake.registered()
    signed = (await intake.post(f"/v1/patients/{patient}/consents", CONSENT, by=patient)).json()
    told = (await intake.said(patient, ConsentSigned))[0]
    assert told.valid_until - told.signed_at == timedelta(days=365)
    path = f"/v1/consents/{signed['id']}/revoke"
    assert (await intake.post(path, by=patient)).status_code == 428
    assert (await intake.post(path, by=patient, If_Match='"1"')).json()["state"] == "REVOKED"
    assert [event.version for event in await intake.said(patient, ConsentRevoked)] == [2]


async def test_only_documents_of_the_clinic_are_signed_and_each_says_how_it_stands(intake: Intake) -> None:
    patient = await intake.registered()
    wrong = {"document": "TATTOO", "document_version": "2026-10"}
    refused = await intake.post(f"/v1/patients/{patient}/consents", wrong, by=patient)
    assert (refused.status_code, codes(refused)) == (422, {"UNKNOWN_DOCUMENT"})
    odd = CONSENT | {"document_version": "1999", "language": "fr"}
    refused = await intake.post(f"/v1/patients/{patient}/consents", odd, by=patient)
    assert codes(refused) == {"VERSION_NOT_IN_FORCE", "LANGUAGE_NOT_OFFERED"}
    assert await intake.said(patient, ConsentSigned) == []
    seen = CONSENT | {"medium": "PAPER", "device": "desk-2", "witness": "Ada Winterbourne", "interpreter": "Bo"}
    signed = (await intake.post(f"/v1/patients/{patient}/consents", seen, by="frontdesk")).json()
    said = [signed[name] for name in ("witness", "interpreter", "medium", "device", "signed_by")]
    assert said == ["Ada Winterbourne", "Bo", "PAPER", "desk-2", "staff-1"]
    listed = (await intake.get(f"/v1/patients/{patient}/consent-documents", by=patient)).json()["items"]
    standing = {one["document"]: (one["state"], "IV_MOOD_6" in one["required_for"]) for one in listed}
    assert standing["IV_TREATMENT"] == ("SIGNED", True)
    assert standing["PHOTOGRAPHY"] == ("MISSING", False)


async def test_a_paper_consent_counts_from_its_signature_and_not_from_the_future(intake: Intake) -> None:
    patient = await intake.registered()
    now = intake.house.clock.now()
    early = {"signed_at": (now - timedelta(days=10)).isoformat()}
    answer = await intake.post(f"/v1/patients/{patient}/consents", CONSENT | early, by="frontdesk")
    assert answer.status_code == 201
    told = (await intake.said(patient, ConsentSigned))[0]
    assert told.valid_until == now + timedelta(days=355)
    late = {"signed_at": (now + timedelta(days=1)).isoformat()}
    refused = await intake.post(f"/v1/patients/{patient}/consents", CONSENT | late, by="frontdesk")
    assert (refused.status_code, codes(refused)) == (422, {"IN_THE_FUTURE"})
