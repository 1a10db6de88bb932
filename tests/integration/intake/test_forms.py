"""Forms over HTTP: shown in a language, filled in question by question from several devices, sent in as a whole."""

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from shared.clinicfile.forms import Form
from shared.clinicfile.model import ClinicFile
from shared.events.intake import OutcomeRecorded, PatientScreened, SafetyConcernRaised
from shared.events.parts import ConcernDetail
from tests.integration.intake.conftest import HEALTHY, Intake, outcome
from tests.integration.intake.safety import open_concerns, resolve, tasks
from tests.integration.intake.test_people import log_in, secret
from tests.support.house import larkspur

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


FILLED: dict[str, Any] = {
    **{name: answer for name, answer in HEALTHY.items() if name not in ("mdq_positive", "audit_c_points")
       and not name.startswith("takes_") and name != "addiction_plan"},
    "medications": [],
}  # fmt: skip


def said(intake: Intake, answers: dict[str, Any], *, ago: int = 0, **more: Any) -> dict[str, Any]:
    """A batch of answers, given so many minutes ago."""
    at = (intake.house.clock.now() - timedelta(minutes=ago)).isoformat()
    sent = [{"question": name, "answer": answer, "answered_at": at} for name, answer in answers.items()]
    return {"answers": sent} | more


async def save(intake: Intake, patient: UUID, body: dict[str, Any], **how: Any) -> dict[str, Any]:
    answer = await intake.patch(f"/v1/patients/{patient}/drafts/health", body, **({"by": patient} | how))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


async def submit(intake: Intake, patient: UUID, **how: Any) -> Any:
    return await intake.post(f"/v1/patients/{patient}/drafts/health/submit", {}, **({"by": patient} | how))


def held(draft: dict[str, Any]) -> dict[str, Any]:
    return {given["question"]: given["answer"] for given in draft["answers"]}


async def proxy_token(intake: Intake, patient: UUID) -> str:
    proxy = {"name": "Ash", "relation": "sister", "scope": ["forms"], "expires_at": "2999-01-01T00:00:00Z"}
    made = await intake.post(f"/v1/patients/{patient}/proxies", proxy, by="nurse")
    return str((await log_in(intake, secret(made.json()["login_link"]))).json()["access_token"])


async def test_a_form_filled_in_from_two_devices_becomes_a_screening(intake: Intake) -> None:
    patient, _ = await intake.screened()
    items = list(FILLED.items())
    await save(intake, patient, said(intake, dict(items[25:]), ago=5, device="tablet"))
    draft = await save(intake, patient, said(intake, dict(items[:25]) | {"pregnant": "unknown"}, ago=9, device="phone"))
    assert (held(draft), draft["unanswered"], draft["state"]) == (FILLED | {"pregnant": "unknown"}, [], "OPEN")
    draft = await save(intake, patient, said(intake, {"pregnant": "no"}, ago=7, device="tablet"))
    assert [c["question"] for c in draft["conflicts"]] == ["pregnant"]
    answer = await submit(intake, patient)
    assert answer.status_code == 201, answer.text
    conflict = answer.json()["conflicts"][0]
    assert [(a["answer"], a["device"]) for a in conflict["answers"]] == [("no", "tablet"), ("unknown", "phone")]
    assert outcome(answer.json()["screening"])
    again = await intake.get(f"/v1/patients/{patient}/drafts/health", by="nurse")
    assert (again.json()["state"], held(again.json())["pregnant"]) == ("SUBMITTED", "no")
    assert (await submit(intake, patient)).json()["code"] == "CONFLICT"


async def test_answers_sent_again_and_late_change_nothing_and_reach_no_new_draft(intake: Intake) -> None:
    patient = await intake.registered()
    batch = said(intake, FILLED | {"psychosis_history": "yes"}, ago=3)
    first = await save(intake, patient, batch)
    assert await save(intake, patient, batch) == first
    older = await save(intake, patient, said(intake, {"psychosis_history": "no"}, ago=60))
    assert held(older)["psychosis_history"] == "yes"
    assert (await submit(intake, patient)).status_code == 201
    assert (await save(intake, patient, batch))["state"] == "SUBMITTED"
    assert (await save(intake, patient, said(intake, {"hepatitis": "yes"})))["state"] == "OPEN"


async def test_a_form_with_bad_answers_names_all_of_them_and_changes_nothing(intake: Intake) -> None:
    patient = await intake.registered()
    bad = {"pregnant": "maybe", "cardiac_event": "yes", "cardiac_event_on": "1980-01-01", "failed_antidepressants": 99}
    await save(intake, patient, said(intake, FILLED | bad | {"medications": [{"name": ""}]}))
    answer = await submit(intake, patient)
    assert answer.status_code == 422
    assert {(error["pointer"], error["code"]) for error in answer.json()["errors"]} == {
        ("/answers/pregnant", "NOT_AN_ANSWER"), ("/answers/cardiac_event_on", "BEFORE_BIRTH"),
        ("/answers/failed_antidepressants", "OUT_OF_RANGE"), ("/answers/medications/0/name", "MISSING"),
    }  # fmt: skip
    assert (await intake.get(f"/v1/patients/{patient}/drafts/health", by=patient)).json()["state"] == "OPEN"
    kept = await intake.house.rows("intake", "SELECT 1 FROM questionnaire WHERE patient_id = $1", patient)
    assert list(kept) == []


async def test_words_of_crisis_show_help_when_they_are_saved_and_are_looked_at_once(intake: Intake) -> None:
    patient = await intake.registered()
    batch = said(intake, {"anything_else": "Since March I think of suicide."}, ago=2)
    assert (await save(intake, patient, batch))["crisis"]["lines"]
    assert (await save(intake, patient, batch))["crisis"]["lines"]
    (task,) = await tasks(intake, patient)
    assert (task["kind"], [entry["source"] for entry in task["entries"]]) == ("CRISIS_WORDS", ["health/anything_else"])
    assert await open_concerns(intake, patient) == []


async def test_a_dangerous_answer_that_was_settled_is_the_same_one_when_the_form_is_sent_in(intake: Intake) -> None:
    patient = await intake.registered()
    await save(intake, patient, said(intake, FILLED | {"immediate_danger": "yes"}, ago=3))
    await resolve(intake, (await open_concerns(intake, patient))[0]["id"])
    assert (await submit(intake, patient)).json()["crisis"]["lines"]
    assert await open_concerns(intake, patient) == []
    await save(intake, patient, said(intake, {"immediate_danger": "yes"}, ago=1))
    assert len(await open_concerns(intake, patient)) == 1


@pytest.mark.parametrize(
    ("answer", "ago", "version"), [("yes", 0, None), ("yes", 60 * 24 * 30, 1), ("yes", 0, 77)],
    ids=["now", "a month late", "of a version that never was"],
)  # fmt: skip
async def test_a_dangerous_answer_shows_help_and_opens_a_concern_when_it_is_saved(
    intake: Intake, answer: str, ago: int, version: int | None
) -> None:
    patient = await intake.registered()
    quiet = await save(intake, patient, said(intake, {"immediate_danger": "no", "pregnant": "what?"}, ago=1))
    assert quiet["crisis"] is None
    body = said(intake, {"immediate_danger": answer}, ago=ago) | ({"form_version": version} if version else {})
    assert (await save(intake, patient, body))["crisis"]["lines"]
    assert (await save(intake, patient, body))["crisis"]["lines"]
    details = await intake.told(patient, SafetyConcernRaised, "detail")
    assert details == [ConcernDetail(risk="HIGH", source="SCR-091")]
    screened = await intake.said(patient, PatientScreened)
    assert screened == []


async def test_a_proxy_saves_answers_of_its_own_and_sees_no_others(intake: Intake) -> None:
    patient = await intake.registered()
    await save(intake, patient, said(intake, FILLED | {"ketamine_misuse": "yes", "immediate_danger": "yes"}, ago=9))
    token = await proxy_token(intake, patient)
    seen = await save(intake, patient, said(intake, {"hepatitis": "unknown", "child_pugh": "unknown"}), token=token)
    assert {name for name, answer in held(seen).items() if answer is not None} == {"hepatitis", "child_pugh"}
    assert (seen["crisis"], seen["unanswered"]) == (None, [])
    answer = await submit(intake, patient)
    assert answer.status_code == 201, answer.text
    kept = await intake.house.rows(
        "intake", "SELECT source FROM questionnaire WHERE patient_id = $1 ORDER BY 1", patient
    )
    assert [row["source"] for row in kept] == ["patient", "proxy"]


async def test_a_newer_form_asks_again_and_an_expired_one_still_watches_for_danger(lone_intake: Intake) -> None:
    intake = lone_intake
    patient = await intake.registered()
    await save(intake, patient, said(intake, FILLED, ago=9))
    reworded = {"pregnant": {"en": "Are you with child?", "es": "¿Espera un hijo?"}}
    await intake.house.apply("intake", with_form(newer(2, reworded, drop=("immediate_danger",))))
    refused = await submit(intake, patient)
    assert {(e["pointer"], e["code"]) for e in refused.json()["errors"]} == {("/answers/pregnant", "ASKED_AGAIN")}
    draft = await save(intake, patient, said(intake, {"immediate_danger": "yes"}, ago=5))
    assert (draft["form_version"], draft["newer_version"], draft["asked_again"]) == (1, 2, ["pregnant"])
    assert draft["crisis"]
    draft = await save(intake, patient, said(intake, {"pregnant": "no"}, form_version=2))
    assert (draft["form_version"], draft["newer_version"], draft["asked_again"]) == (2, None, [])
    assert draft["not_in_form"] == ["immediate_danger"]
    await intake.house.apply("intake", with_form(None))
    assert (await save(intake, patient, said(intake, {"acute_symptoms_now": "yes"})))["crisis"]
    assert (await intake.get("/v1/forms/health?version=1", by=patient)).json()["version"] == 1
    answer = await submit(intake, patient)
    assert (answer.status_code, bool(answer.json()["crisis"])) == (201, True)


async def test_staff_sees_how_a_list_of_medications_was_understood(intake: Intake) -> None:
    patient = await intake.registered()
    path = f"/v1/patients/{patient}/medications"
    assert (await intake.get(path, by="nurse")).status_code == 404
    listed = [{"name": "Klonopin", "dose": 0.5, "unit": "mg", "times": 2}, {"name": "foobarol"}]
    await save(intake, patient, said(intake, FILLED | {"medications": listed}))
    assert (await submit(intake, patient)).status_code == 201
    shown = (await intake.get(path, by="clinician")).json()
    assert (shown["unknown_names"], shown["benzodiazepine_mg"]) == (["foobarol"], None)
    known, unknown = shown["medications"]
    assert (known["known_as"], known["diazepam_mg"], len(known["steps"])) == (["clonazepam"], "20", 2)
    assert (unknown["known_as"], unknown["daily_mg"]) == ([], None)
    assert (await intake.get(path, by=patient)).status_code == 403


async def test_item_9_alone_shows_help_and_is_one_concern_when_the_phq9_is_sent_in(intake: Intake) -> None:
    patient = await intake.registered()
    path = f"/v1/patients/{patient}/drafts/phq9"
    saved = await intake.patch(path, said(intake, {"item_9": "2"}), by=patient)
    assert saved.json()["crisis"]["lines"]
    rest = {f"item_{n}": "1" for n in range(1, 9)} | {"difficulty": "2"}
    assert (await intake.patch(path, said(intake, rest), by=patient)).json()["unanswered"] == []
    answer = await intake.post(f"{path}/submit", {}, by=patient)
    assert (answer.status_code, bool(answer.json()["crisis"])) == (201, True)
    assert [score.total for score in await intake.told(patient, OutcomeRecorded, "score")] == [10]
    (kept,) = (await intake.get(f"/v1/patients/{patient}/assessments", by="nurse")).json()["items"]
    assert (kept["difficulty"], kept["score"]["total"]) == (2, 10)
    assert await intake.told(patient, SafetyConcernRaised, "detail") == [
        ConcernDetail(risk="MODERATE", source="PHQ9-ITEM9")
    ]


async def test_an_instrument_is_offered_in_validated_languages_only(intake: Intake) -> None:
    patient = await intake.registered()
    path = "/v1/forms/gad7?language=en"
    assert (await intake.get(path, by=patient)).json()["instrument"] == "GAD7"
    english_only = with_form(larkspur().form("phq9"))
    both = english_only.model_copy(update={"instrument_languages": {"PHQ9": ("en", "es")}})
    assert (english_only.offered_in(both.forms[0]), both.offered_in(both.forms[0])) == (("en",), ("en", "es"))
    await intake.house.apply("intake", english_only)
    refused = await intake.get("/v1/forms/phq9?language=es", by=patient)
    assert (refused.status_code, refused.json()["code"]) == (403, "INSTRUMENT_FOR_STAFF")
    listed = (await intake.get("/v1/forms", by=patient, Accept_Language="es")).json()["forms"]
    assert [form["form"] for form in listed] == []
    assert (await intake.get("/v1/forms/phq9?language=es", by="nurse")).json()["language"] == "es"
    await intake.patch(f"/v1/patients/{patient}/drafts/phq9", {"answers": []}, by=patient)
    submit = f"/v1/patients/{patient}/drafts/phq9/submit"
    codes = [
        (await intake.post(submit, {"language": language}, by=by)).json()["code"]
        for by, language in ((patient, "es"), (patient, "en"), ("nurse", "es"))
    ]
    assert codes == ["LANGUAGE_NOT_VALIDATED", "INVALID_REQUEST", "INVALID_REQUEST"], "the latter for what is missing"
    await intake.house.apply("intake", larkspur())


def newer(version: int, texts: dict[str, dict[str, str]], drop: tuple[str, ...]) -> Form:
    data = larkspur().form("health").model_dump()  # type: ignore[union-attr]
    for section in data["sections"]:
        section["questions"] = [q for q in section["questions"] if q["id"] not in drop]
        for question in section["questions"]:
            question["text"] = texts.get(question["id"], question["text"])
    return Form.model_validate(data | {"version": version})


def with_form(form: Form | None) -> ClinicFile:
    public = larkspur().form("contact")
    return larkspur().model_copy(update={"forms": tuple(one for one in (form, public) if one)})
