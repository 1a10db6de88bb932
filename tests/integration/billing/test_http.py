"""Billing over HTTP: who sees which documents, and how a biller settles what waits."""

from typing import Any
from uuid import uuid4

import pytest

from shared.clinicfile.model import ClinicFile
from shared.ids import named_id
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import Billing, Patient, priced_at

pytestmark = pytest.mark.asyncio(loop_scope="package")

OTHER_CLINIC = named_id("clinic", "wellmeadow/aspen")
STRANGERS = named_id("organisation", "strangers")


async def told(billing: Billing) -> Patient:
    patient = Patient()
    for fact in (patient.registered(), patient.planned(), patient.completed()):
        await billing.tell(fact)
    return patient


async def reviews(billing: Billing) -> list[dict[str, Any]]:
    return await billing.rows("SELECT * FROM review ORDER BY subject, reason")


async def test_an_estimate_shows_recipient_lines_total_and_due_date(billing: Billing, desk: Desk) -> None:
    patient = await told(billing)
    answer = await desk.get(f"/v1/patients/{patient.id}/estimates", desk.token("biller"))
    (estimate,) = answer.json()["items"]
    assert estimate["recipient"] == {"name": "Juniper Vale", "birth_date": "1986-04-09"}
    assert estimate["total"] == {"amount_cents": 270_000, "currency": "USD"}
    assert [(line["quantity"], line["unit"]["amount_cents"]) for line in estimate["lines"]] == [(6, 45_000)]
    assert estimate["due_on"] == "2026-12-03"
    assert answer.headers["cache-control"] == "no-store"
    one = await desk.get(f"/v1/estimates/{estimate['estimate_id']}", desk.token("frontdesk"))
    assert one.json() == estimate


async def test_an_invoice_says_how_it_stands_to_its_estimate(
    billing: Billing, desk: Desk, larkspur: ClinicFile
) -> None:
    patient = Patient()
    await billing.tell(patient.planned())
    await billing.apply(priced_at(larkspur, IV_MOOD_6=47_500))
    await billing.tell(patient.completed())
    (invoice,) = (await desk.get(f"/v1/patients/{patient.id}/invoices", desk.token("biller"))).json()["items"]
    assert invoice["total"]["amount_cents"] == 47_500
    assert invoice["above_estimate"] == {"amount_cents": 2_500, "currency": "USD"}
    one = await desk.get(f"/v1/invoices/{invoice['invoice_id']}", desk.patient(patient.id))
    assert one.json() == invoice


async def test_documents_come_in_pages(billing: Billing, desk: Desk) -> None:
    patient = Patient()
    for version in range(1, 6):
        await billing.tell(patient.planned(version, sessions=version))
    seen: list[int] = []
    cursor, token = "", desk.token("biller")
    while cursor is not None:
        path = f"/v1/patients/{patient.id}/estimates?limit=2" + (f"&cursor={cursor}" if cursor else "")
        page = (await desk.get(path, token)).json()
        seen += [estimate["version"] for estimate in page["items"]]
        cursor = page["next_cursor"]
    assert seen == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("documents", ["estimates", "invoices"])
async def test_only_those_concerned_see_documents(billing: Billing, desk: Desk, documents: str) -> None:
    patient, path = await told(billing), "/v1/patients/{}/" + documents
    callers = {
        "biller": (desk.token("biller"), 200, 1),
        "front desk": (desk.token("frontdesk"), 200, 1),
        "the patient": (desk.patient(patient.id), 200, 1),
        "biller of another clinic": (desk.token("biller", OTHER_CLINIC), 200, 0),
        "nurse": (desk.token("nurse"), 403, None),
        "another patient": (desk.patient(uuid4()), 404, None),
        "another organisation": (desk.token("biller", organisation=STRANGERS), 404, None),
    }
    for who, (token, status, count) in callers.items():
        answer = await desk.get(path.format(patient.id), token)
        assert answer.status_code == status, who
        assert count is None or len(answer.json()["items"]) == count, who
    assert (await desk.get(path.format(uuid4()), desk.token("biller"))).status_code == 404


async def test_a_single_document_is_kept_from_strangers(billing: Billing, desk: Desk) -> None:
    await told(billing)
    (estimate,) = await billing.rows("SELECT id FROM estimate")
    path = f"/v1/estimates/{estimate['id']}"
    assert (await desk.get(path, desk.token("biller", OTHER_CLINIC))).status_code == 403
    assert (await desk.get(path, desk.token("biller", organisation=STRANGERS))).status_code == 404
    assert (await desk.get(path, desk.patient(uuid4()))).status_code == 404
    assert (await desk.get(f"/v1/estimates/{uuid4()}", desk.token("biller"))).status_code == 404


async def test_every_look_is_audited(billing: Billing, desk: Desk) -> None:
    patient = await told(billing)
    await desk.get(f"/v1/patients/{patient.id}/estimates", desk.token("biller"))
    looks = await billing.rows(
        "SELECT actor, resource FROM audit WHERE action = 'read' AND patient_id = $1", patient.id
    )
    assert [tuple(look.values()) for look in looks] == [("staff-biller", "estimates")]


async def test_a_price_that_came_later_makes_the_estimate_when_a_biller_says_so(
    bare_billing: Billing, desk: Desk, larkspur: ClinicFile
) -> None:
    await bare_billing.tell(Patient().planned())
    (review,) = await reviews(bare_billing)
    refused = await desk.decide(review, "CHARGE")
    assert (refused.status_code, refused.json()["code"]) == (409, "PRICE_UNKNOWN")
    await bare_billing.apply(larkspur)
    settled = await desk.decide(review, "CHARGE")
    assert (settled.status_code, settled.json()["state"], settled.headers["etag"]) == (200, "SETTLED", '"2"')
    assert await bare_billing.said() == ["EstimateIssued"]
    again = await desk.decide(review | {"version": 2}, "CHARGE")
    assert (again.status_code, again.json()["code"]) == (409, "REVIEW_SETTLED")


@pytest.mark.parametrize(("decision", "invoices"), [("CHARGE", 1), ("LEAVE", 0)])
async def test_a_biller_decides_about_an_aborted_session(
    billing: Billing, desk: Desk, decision: str, invoices: int
) -> None:
    await billing.tell(Patient().aborted())
    (review,) = await reviews(billing)
    assert (await desk.decide(review, decision)).status_code == 200
    assert len(await billing.rows("SELECT id FROM invoice")) == invoices


async def test_reviews_are_refused_to_the_wrong_hand_and_the_stale_eye(billing: Billing, desk: Desk) -> None:
    await billing.tell(Patient().aborted())
    (review,) = await reviews(billing)
    cases = [
        (await desk.decide(review, "CHARGE", role="frontdesk"), 403, "FORBIDDEN"),
        (await desk.decide(review | {"version": 7}, "CHARGE"), 412, "STALE_VERSION"),
        (await desk.decide(review, "PERHAPS"), 422, "INVALID_REQUEST"),
        (await desk.decide(review | {"id": uuid4()}, "LEAVE"), 404, "NOT_FOUND"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, _, _ in cases] == [case[1:] for case in cases]
    assert (await reviews(billing))[0]["state"] == "OPEN"


async def test_what_was_charged_already_cannot_be_charged_by_a_review(billing: Billing, desk: Desk) -> None:
    await billing.tell(Patient().completed(None, in_course=False))
    (review,) = await reviews(billing)
    refused = await desk.decide(review, "CHARGE")
    assert (refused.status_code, refused.json()["code"]) == (422, "NOTHING_TO_CHARGE")
    assert (await desk.decide(review, "LEAVE")).json()["state"] == "SETTLED"


async def test_open_reviews_are_listed_for_the_clinics_billers(billing: Billing, desk: Desk) -> None:
    await billing.tell(Patient().aborted())
    await billing.tell(Patient().completed(None, in_course=False))
    listed = (await desk.get("/v1/reviews", desk.token("biller"))).json()["items"]
    assert sorted(review["reason"] for review in listed) == ["NO_COURSE", "SESSION_ABORTED"]
    assert (await desk.get("/v1/reviews", desk.token("biller", OTHER_CLINIC))).json()["items"] == []
    first = (await desk.get("/v1/reviews?limit=1", desk.token("biller"))).json()
    rest = (await desk.get(f"/v1/reviews?cursor={first['next_cursor']}", desk.token("biller"))).json()
    assert [r["review_id"] for r in first["items"] + rest["items"]] == [r["review_id"] for r in listed]
