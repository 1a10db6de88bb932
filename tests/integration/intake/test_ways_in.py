"""The public form of each kind of clinic, patients without contact, proxies, changes, contact consent."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio

from services.intake.app import DEFINITION
from shared.clinicfile.forms import FormLine, LeadForm
from shared.clinicfile.model import ClinicFile, TeamMember
from shared.events.intake import LeadReceived, PatientChanged, PatientRegistered, PatientScreened
from shared.ids import named_id, new_id
from shared.runtime.parts.broker import EmbeddedBroker
from tests.integration.intake.conftest import PERSON, Intake, codes, outcome
from tests.integration.intake.test_people import LEAD, log_in, secret
from tests.support.house import larkspur, running
from tests.support.postgres import Postgres

pytestmark = pytest.mark.asyncio(loop_scope="session")
LINES = ("depressed", "tired", "antidepressant")


def clinic_named(name: str, form: LeadForm) -> ClinicFile:
    team = (TeamMember(name="Sage Alder", credentials="MD", role="Medical director"),)
    return larkspur().model_copy(update={"clinic": name, "lead_form": form, "team": team})


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def forms(postgres: Postgres) -> AsyncIterator[Intake]:
    """One organisation with a clinic of each kind of form; the house's own asks for a web lead.

    A house of its own, since public routes count calls.
    """
    cluster = EmbeddedBroker()
    cluster.start()
    async with running([DEFINITION], postgres, cluster.bootstrap) as house:
        await house.apply("intake", clinic_named("requests", LeadForm(kind="appointment_request")))
        lines = tuple(FormLine(id=line, text=f"About {line}?") for line in LINES)
        await house.apply("intake", clinic_named("lines", LeadForm(kind="contact_lines", lines=lines)))
        yield Intake(house)
    cluster.stop()


async def leave(forms: Intake, clinic: str, **changes: Any) -> Any:
    lead = {n: v for n, v in (LEAD | changes).items() if v is not None}
    return await forms.post(f"/v1/public/wellmeadow/{clinic}/leads", lead, by=None)


async def test_a_form_says_what_it_asks_and_who_works_there(forms: Intake) -> None:
    client = forms.house.client("intake")
    shown = (await client.get("/v1/public/wellmeadow/lines/form")).json()
    assert (shown["kind"], [line["id"] for line in shown["lines"]]) == ("contact_lines", [*LINES])
    assert shown["team"] == [{"name": "Sage Alder", "credentials": "MD", "role": "Medical director"}]
    assert [at["id"] for at in shown["locations"]] == [at.id for at in larkspur().locations]
    assert {(c["channel"], c["purpose"], c["wording_version"]) for c in shown["consents"]} >= {
        ("SMS", "CARE", "sms-care-1")
    }
    assert (await client.get("/v1/public/wellmeadow/nowhere/form")).status_code == 404


async def test_a_public_form_is_shown_as_every_other_form_is(forms: Intake) -> None:
    client = forms.house.client("intake")
    asked = {}
    for clinic in ("lines", "requests", "larkspur"):
        document = (await client.get(f"/v1/public/wellmeadow/{clinic}/form?language=es")).json()["document"]
        asked[clinic] = {q["id"]: (q["type"], q["required"]) for s in document["sections"] for q in s["questions"]}
        assert (document["renderer_level"], document["language"]) == (1, "es" if clinic == "larkspur" else "en")
    assert {name: asked["lines"][name] for name in LINES} == dict.fromkeys(LINES, ("yes_no", True))
    assert (asked["lines"]["phone"], asked["larkspur"]["phone"]) == (("text", True), ("text", False))
    assert (asked["requests"]["location"], asked["requests"]["preferred_time"]) == (("choice", True), ("text", True))
    assert {"given_name", "family_name", "phone", "email", "message"} == {*asked["larkspur"]}


ALL_LINES = dict.fromkeys(LINES, True)


@pytest.mark.parametrize(
    ("clinic", "changes", "flaws"),
    [
        ("requests", {"preferred_time": None}, {("/preferred_time", "MISSING"), ("/location", "MISSING")}),
        ("requests", {"location": "elsewhere"}, {("/location", "UNKNOWN_LOCATION")}),
        ("requests", {"location": "main", "lines": {"tired": True}}, {("/lines/tired", "UNKNOWN_LINE")}),
        ("lines", {"lines": ALL_LINES | {"rich": True}}, {("/lines/rich", "UNKNOWN_LINE")}),
        ("lines", {"lines": {"tired": False}}, {("/lines/depressed", "MISSING"), ("/lines/antidepressant", "MISSING")}),
        ("lines", {"lines": ALL_LINES, "phone": None, "email": "a@example.org", "consents": []},
         {("/phone", "MISSING")}),
        ("larkspur", {"lines": {"tired": True}}, {("/lines/tired", "UNKNOWN_LINE")}),
    ],
)  # fmt: skip
async def test_a_form_names_everything_that_is_not_right(
    forms: Intake, clinic: str, changes: dict[str, Any], flaws: set[tuple[str, str]]
) -> None:
    answer = await leave(forms, clinic, **changes)
    assert answer.status_code == 422, answer.text
    assert {(e["pointer"], e["code"]) for e in answer.json()["errors"]} == flaws


async def test_an_appointment_request_keeps_time_and_place_sealed(forms: Intake) -> None:
    location = larkspur().locations[0].id
    answer = await leave(forms, "requests", preferred_time="Zqtuesday", location=location)
    assert (answer.status_code, answer.json()["next_step"]) == (201, "STAFF_WILL_CONTACT")
    rows = await forms.house.rows("intake", "SELECT kind, l::text AS text FROM lead l WHERE id = $1",
                                  UUID(answer.json()["id"]))  # fmt: skip
    assert rows[0]["kind"] == "appointment_request"
    assert "Zqtuesday" not in rows[0]["text"]


@pytest.mark.parametrize("said", [True, False])
async def test_the_answer_to_lines_is_a_call_whatever_they_say(forms: Intake, said: bool) -> None:
    answer = await leave(forms, "lines", lines=dict.fromkeys(LINES, said))
    assert (answer.status_code, answer.json()["next_step"], "call you" in answer.json()["message"]) == (
        201, "STAFF_WILL_CALL", True,
    )  # fmt: skip
    assert [type(e).__name__ for e in await forms.said(UUID(answer.json()["id"]))] == [LeadReceived.__name__]


async def test_a_patient_without_phone_and_email_is_registered_without_contact_point(intake: Intake) -> None:
    patient = await intake.registered(phone=None, email=None, consents=[])
    contact = (await intake.told(patient, PatientRegistered, "contact"))[0].contact
    assert (contact.phone, contact.email) == (None, None)
    unreachable = intake.person(phone=None, email="june@example.org")
    refused = await intake.post("/v1/patients", unreachable, by="frontdesk")
    assert (refused.status_code, codes(refused)) == (422, {"CONTACT_POINT_NEEDED"})


@pytest.mark.parametrize(
    ("purpose", "told"), [("CARE", "CARE"), ("FIN", "PAYMENT"), ("MKT", "MARKETING"), ("MARKETING", "MARKETING")]
)
async def test_acts_of_contact_consent_are_told_by_purpose(intake: Intake, purpose: str, told: str) -> None:
    patient = await intake.registered(consents=[])
    act = {"channel": "EMAIL", "purpose": purpose, "granted": True, "wording_version": "w-2"}
    path = f"/v1/patients/{patient}/contact-consents"
    answer = await intake.post(path, {"consents": [act]}, by=patient)
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    said = (await intake.told(patient, PatientChanged, "contact"))[0].consents
    assert [(c.purpose, c.channel, c.wording_version, c.method) for c in said] == [(told, "EMAIL", "w-2", "portal")]
    assert (await intake.post(path, {"consents": [act | {"purpose": "SALES"}]}, by=patient)).status_code == 422


async def changed(intake: Intake, patient: UUID, version: int, **changes: Any) -> Any:
    body = {n: v for n, v in PERSON.items() if n != "consents"} | changes
    headers = {"Idempotency-Key": str(new_id()), "If-Match": f'"{version}"'}
    client = intake.house.client("intake", intake.token("frontdesk"))
    return await client.put(f"/v1/patients/{patient}", json=body, headers=headers)


async def test_a_change_is_told_whole_and_found_under_the_new_name_only(intake: Intake) -> None:
    patient = await intake.registered(legal_family_name="Oldnamer")
    answer = await changed(intake, patient, 1, legal_family_name="Newnamer", phone="+12085550166")
    assert (answer.status_code, answer.headers["ETag"]) == (200, '"2"')
    identity = (await intake.told(patient, PatientChanged, "identity"))[0]
    contact = (await intake.told(patient, PatientChanged, "contact"))[0]
    assert (identity.legal_name, contact.contact.phone, contact.consents) == ("Juniper Newnamer", "+12085550166", ())
    assert identity.record_number == (await intake.told(patient, PatientRegistered, "identity"))[0].record_number
    for name, ids in (("Newnamer", [str(patient)]), ("Oldnamer", [])):
        found = (await intake.post("/v1/patients/search", {"name": name}, by="frontdesk")).json()
        assert [match["id"] for match in found["matches"]] == ids
    assert (await changed(intake, patient, 1)).status_code == 412
    assert (await changed(intake, patient, 2, birth_date="2999-01-01")).status_code == 422


async def test_an_allergy_to_ketamine_that_is_added_later_changes_the_screening(intake: Intake) -> None:
    patient, screening = await intake.screened()
    assert outcome(screening) in ("ELIGIBLE", "NEEDS_REVIEW")
    assert (await changed(intake, patient, 1, allergies=["Ketamine"])).status_code == 200
    newest = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    assert outcome(newest) == "INELIGIBLE"
    assert (await intake.told(patient, PatientScreened, "follow_up"))[-1].next_step == "STAFF_WILL_CALL"


PROXY = {"name": "Zqash Hale", "relation": "Zqsister", "scope": ["forms"], "expires_at": "2999-01-01T00:00:00Z"}


async def proxied(forms: Intake, patient: UUID, **changes: Any) -> tuple[dict[str, Any], str]:
    """A proxy and the token it logged in to."""
    made = await forms.post(f"/v1/patients/{patient}/proxies", PROXY | changes, by="frontdesk")
    assert made.status_code == 201, made.text
    return made.json(), (await log_in(forms, secret(made.json()["login_link"]))).json()["access_token"]


async def test_a_proxy_fills_in_forms_in_its_own_name_for_one_patient_only(forms: Intake) -> None:
    patient, other = await forms.registered(), await forms.registered()
    proxy, token = await proxied(forms, patient)
    path = f"/v1/patients/{patient}/questionnaires"
    answer = await forms.post(path, {"answers": {"pregnant": "no"}}, by=None, token=token)
    assert (answer.status_code, answer.json()["screening"]) == (201, None)
    subject = f"proxy:{proxy['id']}"
    kept = await forms.house.rows("intake", "SELECT source, recorded_by FROM questionnaire WHERE patient_id = $1",
                                   patient)  # fmt: skip
    assert [(row["source"], row["recorded_by"]) for row in kept] == [("proxy", subject)]
    audited = await forms.house.rows("intake", "SELECT resource FROM audit WHERE actor = $1", subject)
    assert "questionnaire" in {row["resource"] for row in audited}
    elsewhere = await forms.post(f"/v1/patients/{other}/questionnaires", {"answers": {}}, by=None, token=token)
    assert elsewhere.status_code == 404


@pytest.mark.parametrize(
    ("scope", "path", "status"),
    [
        (["booking"], "questionnaires", 403),
        (["forms"], "consents", 403),
        (["forms", "booking"], "contact-consents", 403),
        (["forms", "booking"], "questionnaires", 201),
    ],
)
async def test_a_proxy_stays_within_its_scope(forms: Intake, scope: list[str], path: str, status: int) -> None:
    patient = await forms.registered()
    _, token = await proxied(forms, patient, scope=scope)
    bodies: dict[str, Any] = {
        "questionnaires": {"answers": {}},
        "consents": {"document": "IV_TREATMENT", "document_version": "2026-10"},
        "contact-consents": {
            "consents": [{"channel": "SMS", "purpose": "CARE", "granted": True, "wording_version": "1"}]
        },
    }
    answer = await forms.post(f"/v1/patients/{patient}/{path}", bodies[path], by=None, token=token)
    assert answer.status_code == status, answer.text
    client = forms.house.client("intake", token)
    assert (await client.get(f"/v1/patients/{patient}")).status_code == 403


async def test_a_proxy_that_was_ended_or_is_past_its_time_does_not_log_in(forms: Intake) -> None:
    patient = await forms.registered()
    proxy, _ = await proxied(forms, patient)
    link = (await forms.post(f"/v1/proxies/{proxy['id']}/login-links", by="nurse")).json()
    assert (await forms.post(f"/v1/proxies/{proxy['id']}/end", by="nurse")).status_code == 428
    ended = await forms.post(f"/v1/proxies/{proxy['id']}/end", by="nurse", If_Match='"1"')
    assert (ended.status_code, ended.json()["state"]) == (200, "ENDED")
    assert (await log_in(forms, secret(link))).status_code == 410
    assert (await forms.post(f"/v1/proxies/{proxy['id']}/login-links", by="nurse")).status_code == 409
    past = (datetime.now(UTC) - timedelta(minutes=1)).isoformat()
    refused = await forms.post(f"/v1/patients/{patient}/proxies", PROXY | {"expires_at": past}, by="frontdesk")
    assert (refused.status_code, codes(refused)) == (422, {"IN_THE_PAST"})
    parent = await forms.post(f"/v1/patients/{patient}/proxies", PROXY | {"authority": "PARENT"}, by="frontdesk")
    assert (parent.status_code, codes(parent)) == (422, {"AFTER_AUTHORITY_ENDS"}), "nobody's parent any more"
    guardian = PROXY | {"authority": "LEGAL_GUARDIAN"}
    kept = await forms.post(f"/v1/patients/{patient}/proxies", guardian, by="frontdesk")
    assert (proxy["authority"], kept.json()["authority"]) == (None, "LEGAL_GUARDIAN")


async def test_a_token_of_a_proxy_ends_with_the_proxy(forms: Intake) -> None:
    patient = await forms.registered()
    soon = (datetime.now(UTC) + timedelta(minutes=5)).isoformat()
    made = (await forms.post(f"/v1/patients/{patient}/proxies", PROXY | {"expires_at": soon}, by="frontdesk")).json()
    token = (await log_in(forms, secret(made["login_link"]))).json()
    assert (token["expires_in"] <= 300, token["proxy_id"]) == (True, made["id"])


async def test_a_new_link_of_the_patient_leaves_the_proxys_alone(forms: Intake) -> None:
    patient = await forms.registered()
    made = (await forms.post(f"/v1/patients/{patient}/proxies", PROXY, by="frontdesk")).json()
    await forms.post(f"/v1/patients/{patient}/login-links", by="nurse")
    assert (await log_in(forms, secret(made["login_link"]))).status_code == 200
    listed = (await forms.get(f"/v1/patients/{patient}/proxies", by=patient)).json()["items"]
    assert [(p["name"], p["state"], p["scope"]) for p in listed] == [("Zqash Hale", "ACTIVE", ["forms"])]
    rows = await forms.house.rows("intake", "SELECT p::text AS text FROM proxy p")
    assert not any("Zqash" in row["text"] for row in rows)


async def test_staff_of_another_clinic_cares_for_the_patient_under_its_own_file(forms: Intake) -> None:
    patient, _ = await forms.screened()
    there = str(named_id("clinic", "wellmeadow/lines"))
    token = forms.house.tokens.staff("frontdesk", "nurse", "clinician", clinic=UUID(there))
    client = forms.house.client("intake", token)
    assert (await client.get(f"/v1/patients/{patient}")).status_code == 200
    found = (await client.post("/v1/patients/search", json={"name": PERSON["legal_family_name"]})).json()
    assert str(patient) in {match["id"] for match in found["matches"]}
    answers = f"/v1/patients/{patient}/questionnaires"
    assert (await forms.post(answers, {"answers": {}}, by=None, token=token)).status_code == 403
    asked = {"clinic_id": there, "answers": {"failed_antidepressants": 3}}
    screening = (await forms.post(answers, asked, by=None, token=token)).json()["screening"]
    assert screening["clinic_id"] == there
    review = f"/v1/screenings/{screening['id']}/review"
    body = {"cleared": ["IV_MOOD"], "reason_code": "FINE"}
    assert (await forms.post(review, body, by=None, token=token)).status_code == 201
    order = {"modality": "IV_MOOD", "protocol": "IV_MOOD_6", "mg_per_kg": "0.5", "minutes": 40}
    path = f"/v1/patients/{patient}/orders"
    assert (await forms.post(path, order, by=None, token=token)).status_code == 403
    signed = await forms.post(path, order | {"clinic_id": there}, by=None, token=token)
    assert (signed.status_code, signed.json()["clinic_id"]) == (201, there)
    nowhere = {"clinic_id": str(new_id()), "answers": {}}
    assert (await forms.post(answers, nowhere, by=patient)).json()["code"] == "NO_CLINIC_FILE"


async def test_what_one_clinic_observes_is_screened_at_the_other_too(forms: Intake) -> None:
    patient, _ = await forms.screened()
    there = str(named_id("clinic", "wellmeadow/lines"))
    asked = {"clinic_id": there, "answers": {"allergy_ketamine": "yes"}}
    token = forms.house.tokens.staff("nurse", clinic=UUID(there))
    await forms.post(f"/v1/patients/{patient}/questionnaires", asked, by=None, token=token)
    at_home = (await forms.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    at_there = (await forms.get(f"/v1/patients/{patient}/screening?clinic_id={there}", by="nurse")).json()
    assert (outcome(at_home), outcome(at_there)) == ("INELIGIBLE", "INELIGIBLE")
    assert at_home["clinic_id"] != at_there["clinic_id"]
