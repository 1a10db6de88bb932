"""The story in intake: from a web form to a signed order."""

from datetime import datetime, timedelta
from typing import Any

from cli.demo.http import Answer
from cli.demo.story import Patient, Story, require
from shared.clinicfile.leads import lines_of, public_form
from shared.clinicfile.model import ClinicFile

BODY = {"heart_rate": 68, "asa_class": 2}
"""What the nurse measures and judges of everybody in the story: per minute at rest, and class II."""


async def clinic_file_in_force(story: Story) -> list[str]:
    """The clinic's rules, protocols and prices are staged, approved and activated in all four services."""
    return await story.apply()


async def comes_in(story: Story, patient: Patient) -> str:
    """A web lead becomes a registered patient, whose login link becomes a token. Returns the record number."""
    house, file, act = story.house, story.clinic, patient.act
    lead = await house.post(
        "intake",
        f"/v1/public/{file.organisation}/{file.clinic}/leads",
        f"{act} lead",
        patient.person.lead() | asked_by(file),
    )
    story.lead = lead
    patient.came_at = datetime.fromisoformat(lead["received_at"]["utc"])
    registration = patient.person.registration(lead["id"], str(file.clinic_id))
    card = await house.post("intake", "/v1/patients", f"{act} registers", registration, story.staff["frontdesk"])
    patient.id = card["id"]
    link = {"token": card["login_link"]["url"].partition("#")[2]}
    login = await house.post("intake", f"/v1/public/{file.organisation}/login", f"{act} logs in", link)
    patient.token, patient.record_number = login["access_token"], str(card["record_number"])
    return patient.record_number


def asked_by(file: ClinicFile) -> dict[str, Any]:
    """What the clinic's public form asks beside who somebody is: a place, or yes to each of its lines."""
    if file.lead_form.kind == "appointment_request":
        return {"location": file.locations[0].id}
    lines = lines_of(public_form(file))
    return {"lines": {line.id: True for line in lines}} if lines else {}


async def lead_becomes_patient(story: Story) -> list[str]:
    """LeadReceived, PatientRegistered; the patient is logged in."""
    number = await comes_in(story, story.treated)
    return [f"record {number}; the login link was exchanged for a token that reaches this patient only"]


async def is_screened(story: Story, patient: Patient) -> Answer:
    """Readings by a nurse, health questions and PHQ-9 by the patient. Returns the PHQ-9's answer."""
    await _readings(story, patient)
    of_patient = f"/v1/patients/{patient.id}"
    questions = {"answers": patient.person.answers}
    await story.house.post("intake", f"{of_patient}/questionnaires", f"{patient.act} answers", questions, patient.token)
    phq9 = {"instrument": "PHQ9", "answers": list(patient.person.phq9)}
    return await story.house.post("intake", f"{of_patient}/assessments", f"{patient.act} phq9", phq9, patient.token)


async def _readings(story: Story, patient: Patient) -> None:
    """The last pressure is taken with weight and height when the patient came, the others ten minutes apart before."""
    person, count = patient.person, len(patient.person.pressures)
    for number, (systolic, diastolic) in enumerate(person.pressures, start=1):
        taken_at = patient.came_at - timedelta(minutes=10 * (count - number))
        reading: dict[str, Any] = {
            "taken_at": taken_at.isoformat(), "blood_pressure": {"systolic": systolic, "diastolic": diastolic},
        }  # fmt: skip
        if number == count:
            reading |= {"weight_kg": person.weight_kg, "height_cm": person.height_cm} | BODY
        path, act = f"/v1/patients/{patient.id}/readings", f"{patient.act} reading {number}"
        await story.house.post("intake", path, act, reading, story.staff["nurse"])


def outcome(screening: dict[str, Any], modality: str = "IV_MOOD") -> tuple[str, list[str]]:
    """The outcome of a modality and the rules that fired for it."""
    found = next(one for one in screening["modalities"] if one["modality"] == modality)
    return found["outcome"], [finding["rule_id"] for finding in found["findings"]]


async def patient_is_screened(story: Story) -> list[str]:
    """PatientScreened, OutcomeRecorded."""
    phq9 = await is_screened(story, story.treated)
    modality = story.treatment.modality
    decided, rules = outcome(phq9["screening"], modality)
    require(decided in ("ELIGIBLE", "NEEDS_REVIEW"), f"screening gave {decided}")
    fired = f", fired {', '.join(rules)}" if rules else ", no rule fired"
    return [f"PHQ-9 {phq9['score']['total']} ({phq9['score']['band']}); {modality} {decided}{fired}"]


async def consent_is_signed(story: Story) -> list[str]:
    """ConsentSigned."""
    path, document = f"/v1/patients/{story.treated.id}/consents", story.treatment.document
    body = {"document": document, "document_version": "2026-10"}
    consent = await story.house.post("intake", path, "treated consents", body, story.treated.token)
    return [f"{document} signed, valid until {consent['valid_until']['local_date']}"]


async def order_is_signed(story: Story) -> list[str]:
    """ScreeningReviewed, OrderSigned."""
    house, clinician, of_patient = story.house, story.staff["clinician"], f"/v1/patients/{story.treated.id}"
    screening = await house.get("intake", f"{of_patient}/screening", clinician)
    review = {"cleared": [story.treatment.modality], "reason_code": "SUITABLE", "note": story.cast.review_note}
    await house.post("intake", f"/v1/screenings/{screening['id']}/review", "review", review, clinician)
    dose = {"modality": story.treatment.modality, "protocol": story.treatment.protocol, **story.treatment.dose}
    order = await house.post("intake", f"{of_patient}/orders", "order", dose, clinician)
    return [f"{order['dose_mg']} mg in {order['minutes']} minutes", *order["arithmetic"]]
