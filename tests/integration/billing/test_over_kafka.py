"""Billing in a running house: facts come over the real protocol, documents go out over it."""

from services.billing.app import DEFINITION
from shared.events.billing import EstimateIssued, InvoiceIssued
from shared.events.parts import EstimateDetail
from tests.integration.billing.facts import Patient
from tests.support.house import running
from tests.support.postgres import Postgres


async def test_a_course_and_its_first_session_end_as_sealed_documents(postgres: Postgres, broker: str) -> None:
    patient = Patient()
    async with running([DEFINITION], postgres, broker) as house:
        clinic = house.clinic.clinic_id
        await house.publish("scheduling", patient.planned(), key=patient.id, clinic_id=clinic)
        await house.publish("scheduling", patient.completed(), key=patient.id, clinic_id=clinic)
        await house.publish("intake", patient.registered(), key=patient.id, clinic_id=clinic)
        await house.settle()
        estimated, invoiced = await house.envelopes("billing")
        (estimate,), (invoice,) = (
            await house.events("billing", EstimateIssued),
            await house.events("billing", InvoiceIssued),
        )
        detail = house.opened("billing", estimated, "estimate")
        answer = await house.client("billing", house.tokens.patient(patient.id)).get(
            f"/v1/patients/{patient.id}/estimates"
        )
    assert (estimate.course_id, estimate.version, invoice.session_id) == (patient.course_id, 1, patient.session_id)
    assert isinstance(detail, EstimateDetail)
    assert detail.total.amount_cents == 270_000
    assert b"270000" not in estimated.body
    assert b"IV_MOOD_6" not in estimated.body + invoiced.body
    assert answer.json()["items"][0]["recipient"]["name"] == "Juniper Vale"
