"""Screening over HTTP: what is observed becomes a decision, in the same transaction, once it differs."""

from datetime import timedelta
from uuid import UUID

import pytest

from cli.impact import foresee
from cli.services import Services
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import RuleChange
from shared.events.intake import ConsentRevoked, ConsentSigned, OutcomeRecorded, PatientScreened
from shared.events.parts import Outcome
from shared.rules import ENGINE
from tests.integration.intake.conftest import Intake, codes, findings, outcome, rescreened

pytestmark = pytest.mark.asyncio(loop_scope="session")


async def test_a_patient_with_nothing_against_it_is_eligible(intake: Intake) -> None:
    _, screening = await intake.screened()
    assert outcome(screening) == "ELIGIBLE"
    assert findings(screening) == {}


async def test_no_screening_before_a_questionnaire(intake: Intake) -> None:
    patient = await intake.registered()
    assert (await intake.phq9(patient, *[0] * 9))["screening"] is None
    assert (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).status_code == 404
    assert await intake.said(patient, PatientScreened) == []


async def test_medicines_that_change_no_outcome_are_told_at_review_and_with_the_order(intake: Intake) -> None:
    taken = [{"name": "risperidone"}, {"name": "lisinopril"}, {"name": "Flonase"}]
    patient, screening = await intake.screened(medications=taken)
    assert (outcome(screening), screening["medication_notes"]) == ("ELIGIBLE", []), "patients see no notes"
    seen = (await intake.get(f"/v1/patients/{patient}/screening", by="clinician")).json()
    told = [("INFORMATION", ["risperidone"]), ("INSTRUCTION", ["lisinopril"])]
    assert [(note["kind"], note["medicines"]) for note in seen["medication_notes"]] == told
    await intake.post(f"/v1/screenings/{seen['id']}/review", {"cleared": ["IV_MOOD"]}, by="clinician")
    order = (await intake.ordered(patient)).json()
    assert order["medication_notes"] == seen["medication_notes"]
    home = (await intake.get("/v1/me/home", by=patient)).json()
    assert ["blood pressure" in line for line in home["instructions"]] == [True]


async def test_what_nobody_said_is_an_open_question_and_never_a_pass(intake: Intake) -> None:
    patient = await intake.registered()
    screening = (await intake.answers(patient))["screening"]
    assert outcome(screening) == "DEFERRED"  # SCR-003: no weight, no height
    assert findings(screening) == {
        "SCR-003": "FIRED", "SCR-004": "INCOMPLETE", "SCR-040": "INCOMPLETE", "SCR-041": "INCOMPLETE",
        "SCR-042": "INCOMPLETE", "SCR-046": "INCOMPLETE", "SCR-071": "FIRED", "SCR-083": "INCOMPLETE",
        "PHQ9-ITEM9-1": "INCOMPLETE", "PHQ9-ITEM9-2": "INCOMPLETE", "PHQ9-ITEM9-3": "INCOMPLETE",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ({"pregnant": "yes"}, "INELIGIBLE"),
        ({"arteriovenous_malformation": "yes"}, "INELIGIBLE"),
        ({"failed_antidepressants": 1}, "NEEDS_REVIEW"),
        ({"schizophrenia": "unknown"}, "NEEDS_REVIEW"),
        ({"allergy_ketamine": "refused"}, "NEEDS_REVIEW"),
        ({"uncontrolled_hypertension_reported": "yes"}, "DEFERRED"),
    ],
)
async def test_answers_decide(intake: Intake, answers: dict[str, object], expected: str) -> None:
    _, screening = await intake.screened(**answers)
    assert outcome(screening) == expected


async def test_two_readings_with_a_mean_of_150_to_95_defer(intake: Intake) -> None:
    patient, _ = await intake.screened()
    await intake.readings(patient, blood_pressure={"systolic": 160, "diastolic": 100})
    screening = (await intake.readings(patient, blood_pressure={"systolic": 140, "diastolic": 90}))["screening"]
    assert outcome(screening) == "DEFERRED"
    fired = next(f for f in screening["modalities"][0]["findings"] if f["rule_id"] == "SCR-040")
    assert (fired["evidence"]["run_mean_systolic_max"], fired["evidence"]["run_mean_diastolic_max"]) == (150, 95)
    assert fired["recheck_after"]["zone"] == "America/Boise"


async def test_only_a_different_decision_is_kept_and_told(intake: Intake) -> None:
    patient, first = await intake.screened()
    again = (await intake.answers(patient))["screening"]
    changed = (await intake.answers(patient, pregnant="yes"))["screening"]
    assert (again["id"], changed["id"] == first["id"], changed["version"]) == (first["id"], False, 2)
    assert [event.version for event in await intake.said(patient, PatientScreened)] == [1, 2]
    told = (await intake.told(patient, PatientScreened, "summary"))[-1].outcomes[0]
    assert (told.outcome, told.rule_ids) == ("INELIGIBLE", ("SCR-020", "SCR-021"))


async def test_a_kept_screening_says_which_facts_it_rests_on(intake: Intake) -> None:
    _, screening = await intake.screened(failed_antidepressants=1)
    answer = await intake.get(f"/v1/screenings/{screening['id']}/explanation", by="clinician")
    explained = answer.json()
    assert any(line.startswith("SCR-080 NEEDS_REVIEW") and "1 drugs" in line for line in explained["lines"])
    fact = next(f for f in explained["facts"] if f["name"] == "failed_antidepressants")
    assert (fact["value"], fact["source"], fact["age_hours"]) == (1, "patient", 0)
    assert explained["rule_set_hash"] == screening["rule_set_hash"]
    assert (explained["engine"], "SCR-080" in explained["patient_reasons"]) == (ENGINE, True)


async def test_a_consent_that_is_revoked_defers_and_a_new_one_does_not(intake: Intake) -> None:
    """Whatever was signed before it is revoked with it, also what is written down only afterwards."""
    patient, before = await intake.screened()
    consent = await intake.consents(patient)
    revoked = await intake.post(f"/v1/consents/{consent['id']}/revoke", by=patient, If_Match='"1"')
    assert revoked.status_code == 200, revoked.text
    without = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    earlier = {
        "document": "IV_TREATMENT", "document_version": "2026-10", "medium": "PAPER",
        "signed_at": (intake.house.clock.now() - timedelta(hours=1)).isoformat(),
    }  # fmt: skip
    late = (await intake.post(f"/v1/patients/{patient}/consents", earlier, by="frontdesk")).json()
    assert (late["state"], late["revoked_at"]) == ("REVOKED", revoked.json()["revoked_at"])
    signed, told = [await intake.said(patient, kind) for kind in (ConsentSigned, ConsentRevoked)]
    assert {one.consent_id for one in told} == {one.consent_id for one in signed}
    assert len(told) == 3
    still = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    assert still["id"] == without["id"]
    await intake.consents(patient)
    again = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    assert [outcome(one) for one in (before, without, again)] == ["ELIGIBLE", "DEFERRED", "ELIGIBLE"]
    assert findings(without) == {"SCR-071": "FIRED"}


async def test_a_patient_sees_reasons_written_for_patients(intake: Intake) -> None:
    patient, screening = await intake.screened(pregnant="yes")
    own = (await intake.get(f"/v1/screenings/{screening['id']}", by=patient)).json()
    finding = own["modalities"][0]["findings"][0]
    assert (finding["reason"], finding["evidence"], finding["actions"]) == (None, {}, [])
    assert finding["patient_reason"]
    assert (await intake.get(f"/v1/screenings/{screening['id']}/explanation", by=patient)).status_code == 403


async def test_a_scored_instrument_is_told_sealed(intake: Intake) -> None:
    patient = await intake.registered()
    answer = await intake.phq9(patient, 2, 2, 2, 2, 0, 0, 0, 0, 1)
    assert (answer["score"]["total"], answer["score"]["band"]) == (9, "MILD")
    assert (answer["score"]["major_depressive_syndrome"], answer["score"]["safety"]) == (True, True)
    score = (await intake.told(patient, OutcomeRecorded, "score"))[0]
    assert (score.total, score.band) == (9, "MILD")


async def test_an_instrument_with_too_much_missing_is_kept_without_a_total(intake: Intake) -> None:
    patient = await intake.registered()
    answer = await intake.phq9(patient, 1, 1, 1, None, None, None, 0, 0, 0)
    assert answer["score"]["total"] is None
    assert await intake.said(patient, OutcomeRecorded) == []


async def test_a_screening_is_as_old_as_the_clock_says(lone_intake: Intake) -> None:
    patient, _ = await lone_intake.screened()
    await lone_intake.house.clock.advance(timedelta(days=31))
    screening = (await lone_intake.answers(patient))["screening"]
    assert outcome(screening) == "DEFERRED"
    assert findings(screening) == {"SCR-003": "FIRED"}  # the pressure of that day is measured again before each dose


async def test_a_screening_replayed_from_what_is_stored_is_the_same(intake: Intake) -> None:
    _, screening = await intake.screened(psychosis_history="yes", schizophrenia="unknown")
    replayed = (await intake.get(f"/v1/screenings/{screening['id']}/replay", by="clinician")).json()
    assert (replayed["same"], replayed["differences"]) == (True, [])
    assert replayed["engine_then"] == replayed["engine_now"]
    assert replayed["rule_set_hash"] == screening["rule_set_hash"]
    assert (await intake.get(f"/v1/screenings/{screening['id']}/replay", by="frontdesk")).status_code == 403


async def test_pounds_sent_as_kilograms_are_asked_about_and_change_nothing(intake: Intake) -> None:
    patient, screening = await intake.screened()
    body = {"taken_at": intake.house.clock.now().isoformat(), "weight_kg": "154"}
    refused = await intake.post(f"/v1/patients/{patient}/readings", body, by="nurse")
    assert (refused.status_code, codes(refused)) == (422, {"IMPLAUSIBLE_CHANGE"})
    newest = (await intake.get(f"/v1/patients/{patient}/screening", by="nurse")).json()
    assert newest["id"] == screening["id"]
    confirmed = await intake.post(f"/v1/patients/{patient}/readings", body | {"confirmed": True}, by="nurse")
    assert findings(confirmed.json()["screening"])["SCR-004"] == "FIRED"


async def test_a_day_before_the_birth_is_refused_with_its_field(intake: Intake) -> None:
    patient = await intake.registered()
    body = {"answers": {"cardiac_event_on": "1986-03-13", "negative_pregnancy_test_on": "2999-01-01"}}
    refused = await intake.post(f"/v1/patients/{patient}/questionnaires", body, by=patient)
    assert {(e["pointer"], e["code"]) for e in refused.json()["errors"]} == {
        ("/answers/cardiac_event_on", "BEFORE_BIRTH"), ("/answers/negative_pregnancy_test_on", "IN_THE_FUTURE"),
    }  # fmt: skip


async def test_new_rules_reach_everybody_screened_and_are_told_only_where_they_change_something(
    lone_intake: Intake,
) -> None:
    intake, clinic = lone_intake, lone_intake.house.clinic
    calm, _ = await intake.screened()
    looked_at, before = await intake.screened(bladder_trouble="yes")
    answered_for = {"approved_by": "Avery Kestrel", "approved_on": "2026-11-20", "why": "Seen by our neurologist."}
    looser = RuleChange.model_validate({"rule": "SCR-052", "removed": True, "approval": answered_for})
    after = harder(clinic).model_copy(update={"rule_changes": (looser,)})
    await foreseen(intake, after, looked_at)
    await intake.house.apply("intake", after)
    done = await rescreened(intake, total=2, changed=1)
    newest = (await intake.get(f"/v1/patients/{looked_at}/screening", by="clinician")).json()
    assert (outcome(before), outcome(newest), newest["rule_set_hash"]) == ("NEEDS_REVIEW", "DEFERRED", done["hash"])
    assert newest["looser"] == [{"change": "SCR-052 is taken out"} | answered_for]
    assert (await intake.get(f"/v1/patients/{looked_at}/screening", by=looked_at)).json()["looser"] == []
    assert len(await intake.said(calm, PatientScreened)) == 1
    # cut off in the middle, it goes on and decides nobody twice
    cut_off = "UPDATE rescreening SET finished_at = NULL, looked = 1, changed = 1, last_patient_id = $1"
    await intake.house.write("intake", cut_off, min(calm, looked_at))
    assert (await rescreened(intake, total=2, changed=1))["failed"] == 0
    assert len(await intake.said(looked_at, PatientScreened)) == 2


def harder(clinic: ClinicFile) -> ClinicFile:
    """Whoever has trouble with the bladder is deferred."""
    [bladder] = [rule for rule in clinic.rules if rule.id == "SCR-057"]
    fires = {"facts": {"bladder_trouble": True}, "outcome": Outcome.DEFERRED}
    changes = {"outcome": dict.fromkeys(bladder.outcome, Outcome.DEFERRED),
               "examples": (bladder.examples[0].model_copy(update=fires), *bladder.examples[1:])}  # fmt: skip
    rules = tuple(rule.model_copy(update=changes) if rule is bladder else rule for rule in clinic.rules)
    return clinic.model_copy(update={"rules": rules})


async def test_whoever_cannot_be_decided_is_counted_and_stops_nobody_in_the_same_transaction(
    lone_intake: Intake,
) -> None:
    intake = lone_intake
    patients = [(await intake.screened(bladder_trouble="yes"))[0] for _ in range(4)]
    unread, undecided = patients[1], patients[2]
    await intake.house.write("intake", "UPDATE questionnaire SET answers = 'damaged' WHERE patient_id = $1", unread)
    await intake.house.write("intake", "UPDATE screening SET decision = 'damaged' WHERE patient_id = $1", undecided)
    await intake.house.apply("intake", harder(intake.house.clinic))
    await rescreened(intake, total=4, looked=4, changed=2, failed=2)
    told = {patient: [one.version for one in await intake.said(patient, PatientScreened)] for patient in patients}
    assert told == {patient: [1] if patient in (unread, undecided) else [1, 2] for patient in patients}


async def test_a_part_that_was_cut_off_after_it_decided_counts_nobody_twice_and_leaves_nobody_out(
    lone_intake: Intake,
) -> None:
    intake, write = lone_intake, lone_intake.house.write
    patient, _ = await intake.screened(bladder_trouble="yes")
    await write("intake", "CREATE FUNCTION cut() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE ''cut''; END'")
    cut = "CREATE TRIGGER cut BEFORE UPDATE ON rescreening FOR EACH ROW WHEN (NEW.looked > OLD.looked)"
    await write("intake", f"{cut} EXECUTE FUNCTION cut()")
    await intake.house.apply("intake", harder(intake.house.clinic))
    before = await rescreened(intake, finished=False, looked=0, changed=1)
    await write("intake", "DROP TRIGGER cut ON rescreening")
    after = await rescreened(intake, total=1, looked=1, changed=1, failed=0)
    assert (before["hash"], [one.version for one in await intake.said(patient, PatientScreened)]) == (
        after["hash"], [1, 2],
    )  # fmt: skip


async def foreseen(intake: Intake, after: ClinicFile, patient: UUID) -> None:
    """Before it is in force: who would come to what, by which rules, and nothing changes for anybody."""
    kept, steps = "SELECT (SELECT count(*) FROM screening), (SELECT count(*) FROM clinic_file)", list[str]()
    before = await intake.house.rows("intake", kept)
    async with Services({"intake": intake.house.client("intake", intake.token("director"))}) as services:
        impact = await foresee(services, after, steps.append)
    bladder = {"rule_id": "SCR-057", "reason_code": "FIRED"}
    came, went = [bladder | {"outcome": "DEFERRED"}], [bladder | {"outcome": "NEEDS_REVIEW"}]
    [found] = impact.patients
    assert found.patient_id == patient
    assert found.changes[0] == {
        "modality": "IV_MOOD", "before": "NEEDS_REVIEW", "after": "DEFERRED", "came": came, "went": went
    }  # fmt: skip
    assert (impact.total, impact.looked, impact.other_outcome, impact.undecided) == (2, 2, 1, [])
    assert impact.outcomes == dict.fromkeys(found.outcomes, 1)
    assert steps == ["2 of 2 patients looked at, 1 would change"]
    assert await intake.house.rows("intake", kept) == before
    refused = await intake.post("/v1/clinic-files/impact", {"file": after.model_dump(mode="json")}, by="clinician")
    assert refused.status_code == 403
