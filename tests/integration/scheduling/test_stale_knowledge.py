"""Intake is not heard: what a patient does alone is refused, a dose needs an attestation; both end with it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from uuid import UUID

import httpx
import pytest

from tests.integration.scheduling.scene import FULL, Scene, codes

pytestmark = pytest.mark.asyncio(loop_scope="package")
SEEN = {"seen": "BY_PHONE", "order": True, "screening": True, "consent": True, "no_concern": True}


@asynccontextmanager
async def intake_silent(scene: Scene) -> AsyncIterator[None]:
    """As if intake's relay had stood still for 61 seconds; watermarks that come meanwhile are kept from scheduling."""
    await scene.run(
        "CREATE FUNCTION turn_back() RETURNS trigger LANGUAGE plpgsql AS $$"
        " BEGIN NEW.until := least(OLD.until, clock_timestamp() - interval '61 s'); RETURN NEW; END $$"
    )
    await scene.run("CREATE TRIGGER deaf BEFORE UPDATE ON heard FOR EACH ROW EXECUTE FUNCTION turn_back()")
    await scene.run("UPDATE heard SET events = events")
    try:
        yield
    finally:
        await scene.run("DROP TRIGGER deaf ON heard; DROP FUNCTION turn_back")
        await scene.run("UPDATE heard SET until = clock_timestamp()")


async def visit(scene: Scene, patient: UUID, token: str | None = None, time: str = "09:00") -> httpx.Response:
    wish = {
        "patient_id": str(patient), "clinic_id": str(scene.house.clinic.clinic_id), "location": "main",
        "kind": "consultation", "day": scene.next_monday().isoformat(), "time": time,
    }  # fmt: skip
    return await scene.call("/v1/appointments", wish, token=token)


async def at_the_chair(scene: Scene, patient: UUID) -> dict[str, Any]:
    """A session that is ready for its dose."""
    session = await scene.arrive((await scene.book(patient))["sessions"][0])
    await scene.observe(session, **FULL)
    return session


async def start(scene: Scene, session: dict[str, Any], **body: Any) -> httpx.Response:
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    return await scene.call(f"{path}/start", body, version=version)


async def test_a_patient_who_books_alone_is_asked_to_come_back_and_staff_may_go_on(scene: Scene) -> None:
    patient = await scene.patient()
    own = scene.house.tokens.patient(patient)
    async with intake_silent(scene):
        refused = await visit(scene, patient, own)
        assert (refused.status_code, refused.json()["code"], refused.json()["retryable"]) == (
            503, "KNOWLEDGE_STALE", True,
        )  # fmt: skip
        assert refused.headers["Retry-After"] == "5"
        assert (await visit(scene, patient, time="10:00")).status_code == 201
    assert (await visit(scene, patient, own)).status_code == 201


async def test_a_dose_starts_on_an_attestation_that_is_kept(scene: Scene) -> None:
    patient = await scene.patient()
    session = await at_the_chair(scene, patient)
    async with intake_silent(scene):
        ready = (await scene.see(f"/v1/appointments/{session['appointment_id']}/readiness")).json()
        assert (ready["ready"], ready["attestation_needed"]) == (True, True)
        refused = await start(scene, session)
        assert (refused.status_code, refused.json()["code"]) == (409, "ATTESTATION_NEEDED")
        assert refused.json()["params"]["known_until"] < scene.now.isoformat()
        halfhearted = await start(scene, session, attestation=SEEN | {"consent": False})
        assert (halfhearted.status_code, codes(halfhearted)) == (422, ["LITERAL_ERROR"])
        started = await start(scene, session, attestation=SEEN)
    assert started.status_code == 200, started.text
    attested = started.json()["attested"]
    assert (attested["seen"], attested["by"], attested["known_until"]) == (
        "BY_PHONE", "staff-1", refused.json()["params"]["known_until"].replace("+00:00", "Z"),
    )  # fmt: skip
    audited = await scene.house.rows(
        "scheduling", "SELECT actor FROM audit WHERE reason = 'ATTESTED_BY_PHONE' AND patient_id = $1", patient
    )
    assert [row["actor"] for row in audited] == ["staff-1"]


async def test_an_attestation_does_not_stand_in_for_what_is_missing(scene: Scene) -> None:
    patient = await scene.patient()
    session = await scene.arrive((await scene.book(patient))["sessions"][0])
    async with intake_silent(scene):
        refused = await start(scene, session, attestation=SEEN)
    assert refused.json()["code"] == "READINESS"


async def test_nobody_is_said_to_have_attested_when_intake_is_heard(scene: Scene) -> None:
    patient = await scene.patient()
    session = await at_the_chair(scene, patient)
    started = await start(scene, session, attestation=SEEN)
    assert (started.status_code, started.json()["attested"]) == (200, None)
