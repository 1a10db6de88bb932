"""Nasal sprays: the session and its mg are charged, a payer's authorised units are counted (domain F.1, F.3)."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import httpx
import pytest
import pytest_asyncio

from services.billing.timers import TIMERS
from shared.caller import Caller
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import unit_of_work
from shared.events.parts import AuthorisationDetail
from shared.timers import Stale, Timer
from tests.integration.billing.conftest import Desk
from tests.integration.billing.facts import CLINIC, FIRST, ORGANISATION, Billing, Patient

pytestmark = pytest.mark.asyncio(loop_scope="package")

SPRAY = "SPR_TRD_IND"
AUTHORISED = {
    "clinic_id": str(CLINIC), "payer": "Meadow Mutual", "protocol": SPRAY, "units": 140, "valid_from": "2026-12-14",
    "valid_to": "2026-12-31",
}  # fmt: skip


@pytest_asyncio.fixture(loop_scope="package")
async def billing(bare_billing: Billing, spraying: ClinicFile) -> Billing:
    await bare_billing.apply(spraying)
    return bare_billing


@pytest_asyncio.fixture(loop_scope="package")
async def patient(billing: Billing) -> Patient:
    patient = Patient()
    await billing.tell(patient.registered())
    return patient


async def authorise(desk: Desk, patient: Patient, role: str = "frontdesk", **over: Any) -> httpx.Response:
    return await desk.act(f"/v1/patients/{patient.id}/authorisations", AUTHORISED | over, role=role)


async def spray(billing: Billing, patient: Patient, mg: int, number: int = 1, at: datetime = FIRST) -> None:
    await billing.tell(patient.completed(number, protocol=SPRAY, mg=mg, session_id=uuid4(), at=at))


async def authorisations(desk: Desk, patient: Patient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await desk.read(f"/v1/patients/{patient.id}/authorisations")
    return found


async def fire(billing: Billing, row: dict[str, Any]) -> None:
    """A due timer as the worker fires it."""
    names = ("kind", "aggregate_id", "version", "due_at", "key", "organisation_id", "clinic_id", "correlation_id")
    async with unit_of_work(billing.service, Caller("service", "billing", ORGANISATION)) as uow:
        await TIMERS[row["kind"]](uow, Timer(*(row[name] for name in names)))


async def open_reviews(billing: Billing) -> list[dict[str, Any]]:
    return await billing.rows("SELECT * FROM review WHERE state = 'OPEN'")


async def test_the_session_and_its_mg_are_lines_within_the_estimate(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await authorise(desk, patient)
    await billing.tell(patient.planned(sessions=8, protocol=SPRAY))
    await spray(billing, patient, 56)
    (estimate,) = await desk.read(f"/v1/patients/{patient.id}/estimates")
    assert [(line["code"], line["quantity"]) for line in estimate["lines"]] == [(SPRAY, 8), ("J0013", 672)]
    (invoice,) = await desk.read(f"/v1/patients/{patient.id}/invoices")
    lines = [(line["code"], line["quantity"], line["total"]["amount_cents"]) for line in invoice["lines"]]
    assert lines == [(SPRAY, 1, 32_500), ("J0013", 56, 61_600)]
    assert (invoice["total"]["amount_cents"], invoice["above_estimate"]["amount_cents"]) == (94_100, 0)


async def test_units_are_used_up_session_by_session(billing: Billing, desk: Desk, patient: Patient) -> None:
    await authorise(desk, patient)
    for number, mg in enumerate((56, 84), start=1):
        await spray(billing, patient, mg, number)
    (one,) = await authorisations(desk, patient)
    assert (one["units_used"], one["units_left"], one["state"], one["version"]) == (140, 0, "USED_UP", 3)
    said = await billing.opened("AuthorisationUpdated", "authorisation", AuthorisationDetail)
    assert [(each.units_used, each.state) for each in said] == [(0, "APPROVED"), (56, "APPROVED"), (140, "USED_UP")]
    assert {(each.payer, each.protocol) for each in said} == {("Meadow Mutual", SPRAY)}
    assert [one["reason"] for one in await open_reviews(billing)] == ["AUTHORISATION_LOW"]


async def test_a_session_told_twice_uses_its_units_once(billing: Billing, desk: Desk, patient: Patient) -> None:
    await authorise(desk, patient)
    told = patient.completed(protocol=SPRAY, mg=56)
    await billing.tell(told)
    await billing.tell(told)
    assert [one["units_used"] for one in await authorisations(desk, patient)] == [56]


@pytest.mark.parametrize(
    ("case", "over", "mg"),
    [
        ("none at all", None, 56),
        ("too few units", {"units": 83}, 84),
        ("over the day before", {"valid_from": "2026-12-01", "valid_to": "2026-12-13"}, 56),
        ("begins the day after", {"valid_from": "2026-12-15"}, 56),
        ("for another protocol", {"protocol": "SPR_TRD_M1"}, 56),
    ],
)
async def test_without_a_good_authorisation_a_person_is_asked_and_no_unit_is_used(
    billing: Billing, desk: Desk, patient: Patient, case: str, over: dict[str, Any] | None, mg: int
) -> None:
    if over is not None:
        assert (await authorise(desk, patient, **over)).status_code == 201
    await spray(billing, patient, mg)
    assert [one["reason"] for one in await open_reviews(billing)] == ["NO_AUTHORISATION"]
    assert [one["units_used"] for one in await authorisations(desk, patient)] == ([] if over is None else [0])
    assert len(await desk.read(f"/v1/patients/{patient.id}/invoices")) == 1


async def test_the_authorisation_that_ends_first_is_used_first(billing: Billing, desk: Desk, patient: Patient) -> None:
    await authorise(desk, patient, valid_to="2027-06-30", payer="Later")
    await authorise(desk, patient, payer="Sooner")
    await spray(billing, patient, 84)
    await spray(billing, patient, 84, 2)
    used = {one["payer"]: one["units_used"] for one in await authorisations(desk, patient)}
    assert used == {"Sooner": 84, "Later": 84}


async def test_units_are_counted_when_the_authorisation_is_recorded_afterwards(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    await spray(billing, patient, 56)
    (review,) = await open_reviews(billing)
    refused = await desk.decide(review, "CHARGE")
    assert (refused.status_code, refused.json()["code"]) == (409, "AUTHORISATION_MISSING")
    await authorise(desk, patient)
    assert (await desk.decide(review, "CHARGE")).json()["state"] == "SETTLED"
    assert [one["units_used"] for one in await authorisations(desk, patient)] == [56]


async def test_an_authorisation_that_is_over_is_said(billing: Billing, desk: Desk, patient: Patient) -> None:
    ended = date.fromisoformat("2026-01-31")
    recorded = (await authorise(desk, patient, valid_from="2026-01-01", valid_to=ended.isoformat())).json()
    (row,) = await billing.rows("SELECT * FROM timer")
    assert row["due_at"] == datetime(2026, 2, 1, 14, 0, tzinfo=UTC)
    await fire(billing, row)
    said = await billing.opened("AuthorisationUpdated", "authorisation", AuthorisationDetail)
    assert said[-1].state == "EXPIRED"
    assert [one["version"] for one in await authorisations(desk, patient)] == [recorded["version"] + 1]


async def test_an_authorisation_that_ends_soon_is_brought_up_in_time(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    ends = billing.service.clock.now().date() + timedelta(days=20)
    await authorise(desk, patient, valid_from="2026-01-01", valid_to=ends.isoformat())
    soon = await billing.rows("SELECT * FROM timer WHERE kind = 'authorisation_ends_soon' ORDER BY due_at")
    assert [(ends - row["due_at"].date()).days for row in soon] == [row["version"] for row in soon] == [14, 7]
    for row in soon:
        await fire(billing, row)
    listed = await desk.read("/v1/reviews")
    assert [(one["subject"], one["reason"], one["due_on"]) for one in listed] == [
        ("AUTHORISATION", "AUTHORISATION_ENDS", ends.isoformat())
    ] * 2


async def test_nobody_is_asked_about_an_authorisation_that_is_used_up(
    billing: Billing, desk: Desk, patient: Patient
) -> None:
    ends = billing.service.clock.now().date() + timedelta(days=40)
    at = billing.service.clock.now()
    await authorise(desk, patient, units=56, valid_from="2026-01-01", valid_to=ends.isoformat())
    await spray(billing, patient, 56, at=at)
    (row, *_) = await billing.rows("SELECT * FROM timer WHERE kind = 'authorisation_ends_soon'")
    with pytest.raises(Stale):
        await fire(billing, row)


async def test_what_is_no_authorisation_is_refused(desk: Desk, patient: Patient) -> None:
    cases = [
        (await authorise(desk, patient, protocol="IV_MOOD_6"), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, protocol="NO_SUCH"), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, units=0), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, valid_to="2026-12-13"), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, valid_to="9999-12-31"), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, valid_from="9999-12-31", valid_to="9999-12-31"), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, valid_from="0001-01-01"), 422, "INVALID_REQUEST"),
        (await authorise(desk, patient, role="nurse"), 403, "FORBIDDEN"),
        (await authorise(desk, Patient()), 404, "NOT_FOUND"),
    ]
    assert [(answer.status_code, answer.json()["code"]) for answer, _, _ in cases] == [case[1:] for case in cases]
    assert await authorisations(desk, patient) == []


async def test_a_payer_and_a_protocol_are_never_in_clear(billing: Billing, desk: Desk, patient: Patient) -> None:
    await authorise(desk, patient)
    rows = await billing.rows("SELECT * FROM authorisation")
    bodies = await billing.rows("SELECT body FROM outbox")
    shown = str(rows) + str(bodies)
    assert "Meadow" not in shown
    assert SPRAY not in shown


async def test_infusions_need_no_authorisation(billing: Billing, patient: Patient) -> None:
    await billing.tell(patient.completed(session_id=uuid4(), at=FIRST + timedelta(days=1)))
    assert [one["reason"] for one in await open_reviews(billing)] == []
