"""What a clinic file must agree on beyond the shape of its fields."""

import pytest

from shared.clinicfile.load import validate
from shared.clinicfile.model import ClinicFile
from tests.unit.clinicfile.every import FILES
from tests.unit.clinicfile.larkspur import data, issues

SIX = {"id": "six", "name": "Six sessions", "sessions": 6, "price_cents": 234000}
PACKAGE = {**SIX, "protocols": ["IV_MOOD_6", "IV_TEETH"]}
CALL = {"id": "call", "name": "Call", "minutes": 15}
LINE = {"id": "sleep", "text": "Do you sleep badly?"}
SPRAY = {"unit": "mg", "fixed_mg": [56, 84], "first_fixed_mg": [56], "minutes": [40, 40]}
PAPER = {"code": "IV_TREATMENT", "title": {"en": "Risks"}, "version": "1", "required_for": ["IV_MOOD", "IV_PAIN"]}
STANDING = ("prescribing", "standing_orders", 0)
MOOD, CRPS = ("protocols", 0), ("protocols", 5)


@pytest.mark.parametrize(
    ("path", "value", "field", "says"),
    [
        ((*MOOD, "modality"), "SPRAVATO_TRD", "protocols[0].modality", "no chair is meant"),
        ((*MOOD, "indications"), ["MDD_TRD", "BAD_MOOD"], "protocols[0].indications[1]", "is not known"),
        ((*MOOD, "course", "window_days"), [21, 12], "protocols[0].course.window_days", "ends before it begins"),
        ((*MOOD, "course", "min_gap_hours"), 200, "protocols[0].course.min_gap_hours", "longer than max_gap_days"),
        ((*MOOD, "course", "patterns"), [["mon", "sat"]], "protocols[0].course.patterns[0]", "sat"),
        ((*MOOD, "course", "patterns"), [["mon", "mon"]], "protocols[0].course.patterns[0]", "one day twice"),
        ((*MOOD, "course", "patterns"), [[]], "protocols[0].course.patterns[0]", "names no day"),
        ((*MOOD, "dose", "start_mg_per_kg"), "1.5", "protocols[0].dose", "out of order"),
        ((*MOOD, "dose", "never_above_mg_per_kg"), "2.5", "protocols[0].dose", "outside 0 to 2.0"),
        ((*MOOD, "dose", "min_mg_per_kg"), "0", "protocols[0].dose", "outside 0 to 2.0"),
        ((*MOOD, "dose", "default_minutes"), 70, "protocols[0].dose.default_minutes", "outside minutes"),
        ((*MOOD, "dose", "minutes"), [30, 60], "protocols[0].dose.minutes", "outside 40 to 90"),
        ((*CRPS, "dose", "minutes"), [240, 300], "protocols[5].dose.minutes", "outside 120 to 240"),
        ((*MOOD, "id"), "IV_PTSD_6", "protocols", "has the id IV_PTSD_6 2 times"),
        (("rules", 1, "id"), "SCR-001", "rules", "has the id SCR-001 2 times"),
        (("locations", 0, "chairs", 0, "id"), "chair-2", "locations[0].chairs", "has the id chair-2 2 times"),
        (("locations", 0, "hours", "wed"), {"opens": "08:00", "closes": "10:00"}, "course.patterns[0]", "wed"),
        (("prices", "session_cents", "IV_OCD_6"), ..., "prices.session_cents", "has no price for IV_OCD_6"),
        (("prices", "session_cents", "IV_ODD_6"), 1, "prices.session_cents.IV_ODD_6", "is no protocol"),
        (("prices", "drug_cents_per_mg"), {"SPR": 100}, "prices.drug_cents_per_mg.SPR", "is no protocol"),
        (("prices", "packages"), [PACKAGE], "prices.packages[0].protocols.IV_TEETH", "is no protocol"),
        (("prices", "packages"), [SIX, SIX], "prices.packages", "has the id six 2 times"),
        (("prices", "before_session"), {"prepaid": True}, "before_session.prepaid", "for IV_MOOD_6, which no package"),
        (("kinds",), [CALL, CALL], "kinds", "has the id call 2 times"),
        (("lead_form",), {"lines": [LINE, LINE]}, "lead_form.lines", "has the id sleep 2 times"),
        ((*MOOD, "dose"), {**SPRAY, "fixed_mg": []}, "protocols[0].dose.fixed_mg", "devices of 28 mg"),
        ((*MOOD, "dose"), {**SPRAY, "fixed_mg": [50]}, "protocols[0].dose.fixed_mg", "devices of 28 mg"),
        ((*MOOD, "dose"), {**SPRAY, "first_fixed_mg": [28]}, "dose.first_fixed_mg", "is not in fixed_mg"),
        (("messages", "subjects"), {"N05": "Your infusion"}, "messages.subjects.N05", "TREATMENT"),
        (("session",), {"vitals": {"warn_systolic": 190}}, "session.vitals.warn_systolic", "above critical_systolic"),
        (("session",), {"vitals": {"critical_spo2": 96}}, "session.vitals.critical_spo2", "above warn_spo2"),
        (("messages", "sender_name"), "Boise Ketamine", "messages.sender_name", "DRUG"),
        (("messages", "quiet_until"), "07:00", "messages.quiet_from", "leaves the hours"),
        (("messages", "templates", "N99.sms"), "Hello", "messages.templates.N99.sms", "no message of the plan"),
        (("messages", "templates", "N08.sms"), ..., "messages.templates", "has no N08.sms"),
        (("messages", "templates", "N18.sms"), ..., "messages.templates", "has no N18.sms"),
        (("messages", "subjects", "N18H"), ..., "messages.subjects", "has no N18H"),
        (("messages", "templates", "N18L.sms"), "Your infusion", "messages.templates.N18L.sms", "TREATMENT"),
        (("messages", "templates", "N05.sms"), "By {until}", "messages.templates.N05.sms", "has {until}, which only"),
        (("messages", "subjects", "N06"), "Not {was}", "messages.subjects.N06", "has {was}, which only"),
        (("messages", "templates", "N08.email"), "Hello", "messages.templates.N08.email", "no message of the plan"),
        (("messages", "subjects", "N11"), ..., "messages.subjects", "has no N11"),
        (("messages", "subjects", "N08"), "Hello", "messages.subjects.N08", "no e-mail of the plan"),
        ((*MOOD, "maintenance_after_days"), 92, "protocols[0].maintenance_after_days", "outside 1 to 91"),
        ((*MOOD, "maintenance_after_days"), 0, "protocols[0].maintenance_after_days", "outside 1 to 91"),
        ((*MOOD, "dose"), SPRAY, "protocols[0].dose.unit", "does not fit IV_MOOD"),
        ((*MOOD, "rems"), True, "protocols[0].rems", "does not fit IV_MOOD"),
        ((*MOOD, "rems"), True, "rems_site", "is missing, and IV_MOOD_6 has rems: true"),
        ((*MOOD, "dose"), {**SPRAY, "weekly_limit_mg": 56}, "dose.weekly_limit_mg", "below a dose"),
        ((*MOOD, "dose"), SPRAY, "prices.drug_cents_per_mg", "has no price for IV_MOOD_6"),
        (("prices", "drug_cents_per_mg"), {"IV_MOOD_6": 1}, "drug_cents_per_mg.IV_MOOD_6", "is not dosed in mg"),
        (("lead_form",), {"kind": "contact_lines"}, "lead_form.lines", "does not fit a contact_lines"),
        (("lead_form",), {"kind": "web_lead", "lines": [LINE]}, "lead_form.lines", "does not fit a web_lead"),
        (("rules", 0, "recheck_counts_from"), "age_years", "rules[0].recheck_counts_from", "no fact of this rule"),
        (("consents",), [PAPER, PAPER], "consents", "has the id IV_TREATMENT 2 times"),
        (("consents",), [PAPER | {"required_for": []}], "protocols[0]", "needs no consent at all"),
        (("consents",), [PAPER | {"required_for": ["IV_PAIN"]}], "protocols[0]", "needs no consent at all"),
        (("consents",), [], "consents", "at least 1 item"),
        (("consents",), [PAPER | {"title": {}}], "consents[0].title", "at least 1 item"),
        ((*MOOD, "consents"), ["FILMING"], "protocols[0].consents[0]", "FILMING is none of the file's consents"),
        ((*STANDING, "contraindicating_facts"), ["age_years"], "facts[0]", "is no fact that is yes or no"),
        ((*STANDING, "contraindicating_facts"), ["unheard_of"], "facts[0]", "is no fact that is yes or no"),
        ((*STANDING, "max_per_session"), 3, "standing_orders[0].max_per_session", "is more than max_per_24h"),
        ((*STANDING, "id"), "labetalol", "prescribing.standing_orders", "has the id labetalol 2 times"),
        (("messages", "templates", "N05.fax"), "Hello", "messages.templates.N05.fax", "no message of the plan"),
        (("instrument_languages", "GAD7"), ..., "instrument_languages.GAD7", "is missing, and the form gad7 asks"),
        (("instrument_languages",), {}, "instrument_languages.CSSRS_SCREEN", "with [] only staff fills it in"),
        (("screening",), {"weight_max_age_days": 31}, "weight_max_age_days", "but the rules say 30 (weight_days)"),
        (("screening",), {"consent_valid_days": 364}, "consent_valid_days", "leave it out, and move consent_days"),
        (("controlled",), {"alarms": {"text": "A dose is gone."}}, "controlled.alarms.text", "be sent: TREATMENT"),
        (("day_of",), {"pregnancy_test_days": 6}, "pregnancy_test_days", "but the rules say 7 (pregnancy_test_days)"),
        (("day_of",), {"pregnancy_test_days": 8}, "pregnancy_test_days", "leave it out, and move pregnancy_test_days"),
    ],
)
def test_parts_that_disagree_are_named_by_field(path, value, field, says):
    found = issues(path, value)
    assert any(field in line and says in line for line in found), found


@pytest.mark.parametrize(
    ("template", "code"),
    [
        ("Hi {given_name}, your ketamine visit is {day}.", "DRUG"),
        ("Hi {given_name}, your infusion is {day}.", "TREATMENT"),
        ("Your psychiatric visit is {day}.", "TREATMENT"),
        ("Your PHQ-9 is due.", "SCORE"),
        ("Your dose is 35 mg.", "DOSE"),
        ("Your balance is $400.", "MONEY"),
        ("Hi {first_name}", "UNKNOWN_PLACEHOLDER"),
        ("Hi {given_name", "STRAY_BRACE"),
        ("See https://elsewhere.example.com/x", "LINK_FOREIGN"),
        ("word " * 62, "TOO_LONG"),
    ],
)
def test_a_template_that_may_not_be_sent_is_refused(template, code):
    found = issues(("messages", "templates", "N05.sms"), template)
    assert any(f"messages.templates.N05.sms may not be sent: {code}" in line for line in found), found


def test_an_age_that_the_rules_say_may_be_written_again_but_not_otherwise():
    moved = data() | {"rule_changes": [{"parameter": "weight_days", "value": 14}]}
    assert validate(moved | {"screening": {"weight_max_age_days": 14, "consent_valid_days": 365}})[1] == []
    left_out, _ = validate(moved)
    assert (left_out.screening.weight_max_age_days, left_out.screening.consent_valid_days) == (14, 365)
    assert validate(left_out.model_dump(mode="json"))[1] == [], "a file as it is kept says both"
    _, [issue] = validate(moved | {"screening": {"weight_max_age_days": 30}})
    assert (issue.pointer, issue.message) == (
        "/screening/weight_max_age_days", "is 30, but the rules say 14 (weight_days)",
    )  # fmt: skip


def test_how_old_a_pregnancy_test_may_be_is_one_number():
    moved = data() | {"rule_changes": [{"parameter": "pregnancy_test_days", "value": 3}]}
    left_out, found = validate(moved | {"day_of": {"sweep_hours": [48]}})
    assert (left_out.day_of.pregnancy_test_days, left_out.day_of.sweep_hours, found) == (3, (48,), [])
    assert validate(moved)[0].day_of.pregnancy_test_days == 3, "also of a section that is left out"
    assert validate(left_out.model_dump(mode="json"))[1] == [], "a file as it is kept says both"
    looser = ClinicFile.model_validate(data() | {"rule_changes": [{"parameter": "pregnancy_test_days", "value": 90}]})
    kept = ClinicFile.model_validate(looser.model_dump(mode="json"))
    assert kept.day_of.pregnancy_test_days == 90, "what the rules say can be read again, however long it is"
    _, [issue] = validate(moved | {"day_of": {"pregnancy_test_days": 7}})
    assert (issue.pointer, issue.message) == (
        "/day_of/pregnancy_test_days", "is 7, but the rules say 3 (pregnancy_test_days)",
    )  # fmt: skip


def test_what_is_asked_to_be_paid_beforehand_can_be():
    asked = data()
    asked["prices"] |= {"before_session": {"prepaid": True}, "packages": [{**SIX, "protocols": ["IV_MOOD_6"]}]}
    others = [protocol["id"] for protocol in asked["protocols"] if protocol["id"] != "IV_MOOD_6"]
    assert [issue.message.split()[3] for issue in validate(asked)[1]] == [f"{name}," for name in others]
    asked["prices"]["packages"] = [{**SIX, "sessions": 1}]
    assert validate(asked)[1] == []
    free = validate(asked | {"prices": asked["prices"] | {"packages": [{**SIX, "price_cents": 0}]}})[1]
    assert len(free) == len(asked["protocols"]), "what has no price is not sold"


def test_an_e_mail_may_be_longer_than_a_text():
    assert issues(("messages", "templates", "N11.email"), "word " * 200) == []


def test_a_protocol_without_mood_chairs_is_refused_for_each_protocol_it_concerns():
    whole = data()
    for chair in whole["locations"][0]["chairs"]:
        chair["modalities"] = ["IV_PAIN"]
    _, found = validate(whole)
    assert [issue.path for issue in found] == [("protocols", index, "modality") for index in (0, 1, 2, 3, 6, 7)]


def test_a_file_with_sprays_names_its_certified_site():
    coastline = FILES["coastline"].model_dump(mode="json")
    assert validate(coastline)[1] == []
    _, found = validate({**coastline, "rems_site": None})
    assert [issue.pointer for issue in found] == ["/rems_site"]


def test_an_issue_points_at_its_field_for_programs_too():
    _, found = validate({**data(), "zone": "Nowhere"})
    assert [issue.pointer for issue in found] == ["/zone"]
