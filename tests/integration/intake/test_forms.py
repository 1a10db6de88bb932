"""Forms over HTTP: shown in a language, filled in question by question from several devices, sent in as a whole."""

from uuid import UUID

import pytest

from tests.integration.intake.conftest import Intake

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_patient_gets_the_forms_of_the_clinic_in_a_language(intake: Intake) -> None:
    patient: UUID = await intake.registered()
    shown = (await intake.get("/v1/forms", by=patient, Accept_Language="es-MX, en;q=0.5")).json()
    assert shown["clinic_id"] == str(intake.house.clinic.clinic_id)
    health = next(form for form in shown["forms"] if form["form"] == "health")
    assert (health["title"], health["renderer_level"], health["languages"]) == ("Su salud", 3, ["en", "es"])
    english = await intake.get("/v1/forms/health?language=en", by="nurse", Accept_Language="es")
    assert (english.status_code, english.json()["title"], english.json()["language"]) == (200, "Your health", "en")
    assert english.json()["crisis"]


async def test_a_form_that_the_clinic_never_had_is_not_found(intake: Intake) -> None:
    for path in ("/v1/forms/horoscope", "/v1/forms/health?version=99"):
        assert (await intake.get(path, by="nurse")).status_code == 404
