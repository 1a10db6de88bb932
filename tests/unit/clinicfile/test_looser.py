"""What a clinic changes of the shipped rules: stricter freely, looser only with somebody who answers for it."""

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest

from shared.clinicfile.load import InvalidClinicFile, load, validate
from shared.clinicfile.looser import described
from shared.clinicfile.model import ClinicFile
from tests.unit.clinicfile.larkspur import FILE, PATH, TEXT, data

APPROVAL = {"approved_by": "Avery Kestrel", "approved_on": "2026-11-20", "why": "Our own bladder programme sees them."}
STRICTER = [
    {"parameter": "high_systolic", "value": 135},
    {"parameter": "adult_age", "value": 21},
    {"parameter": "cardiac_wait_days", "value": 90},
    {"parameter": "weight_days", "value": 14},
    {"parameter": "older_age", "value": 65},
    {"rule": "SCR-057", "outcome": {"IV_MOOD": "DEFERRED"}},
    {"rule": "SCR-004", "outcome": {"SPRAVATO_TRD": "NEEDS_REVIEW"}},
    {"rule": "SCR-057", "unknown": "DEFERRED"},
]
LOOSER = [
    ({"parameter": "high_systolic", "value": 150}, "value is 150, which makes SCR-040, SCR-041 looser"),
    ({"parameter": "crisis_diastolic", "value": 120.5}, "makes SCR-041, SCR-042, SCR-042E looser"),
    ({"parameter": "adult_age", "value": 17}, "adult_age is 18 as shipped; move it no lower than that, or let"),
    ({"parameter": "cardiac_wait_days", "value": 41}, "makes SCR-043, SCR-044 looser"),
    ({"rule": "SCR-057", "removed": True}, "rule_changes[0] takes SCR-057 out, which is shipped"),
    ({"rule": "MED-05", "removed": True}, "takes MED-05 out"),
    ({"rule": "SCR-020", "outcome": {"IV_MOOD": "DEFERRED"}}, "IV_MOOD is DEFERRED instead of INELIGIBLE"),
    ({"rule": "SCR-003", "unknown": "NEEDS_REVIEW"}, "unknown is NEEDS_REVIEW instead of DEFERRED"),
]


def said(*changes: dict[str, Any]) -> list[str]:
    file, issues = validate(data() | {"rule_changes": changes})
    assert (file is None) == bool(issues)
    return [str(issue) for issue in issues]


def rewritten(rule_id: str, change: Callable[[dict[str, Any]], None]) -> dict[str, Any]:
    """The file with one of its rules written otherwise."""
    whole = data()
    change(next(rule for rule in whole["rules"] if rule["id"] == rule_id))
    return whole


@pytest.mark.parametrize("change", STRICTER, ids=str)
def test_stricter_is_free(change):
    assert said(change) == []


@pytest.mark.parametrize(("change", "says"), LOOSER, ids=lambda one: str(one)[:40])
def test_looser_is_refused_unless_somebody_answers_for_it(change, says):
    [line] = said(change)
    assert says in line
    assert said(change | {"approval": APPROVAL}) == []


@pytest.mark.parametrize(
    ("approved_on", "now", "refused"),
    [
        ("2026-11-20", "2026-11-20T12:00:00-07:00", False),
        ("2026-11-21", "2026-11-20T12:00:00-07:00", True),
        ("2026-11-21", "2026-11-20T23:59:59-07:00", True),
        ("2026-11-21", "2026-11-21T00:00:00-07:00", False),
        ("2062-11-20", "2026-11-20T12:00:00-07:00", True),
    ],
)
def test_nobody_has_approved_anything_on_a_day_to_come_at_the_clinic(approved_on, now, refused):
    change = LOOSER[4][0] | {"approval": APPROVAL | {"approved_on": approved_on}}
    file, issues = validate(data() | {"rule_changes": [change]}, datetime.fromisoformat(now))
    assert (file is None, [issue.pointer for issue in issues]) == (
        refused, ["/rule_changes/0/approval/approved_on"] * refused,
    )  # fmt: skip
    assert [str(issue).partition(" at the")[0] for issue in issues] == [
        f"rule_changes[0].approval.approved_on is {approved_on}, which is still to come:"
    ] * refused


def test_a_file_that_is_read_goes_by_today():
    change = LOOSER[4][0] | {"approval": APPROVAL | {"approved_on": f"{date.today() + timedelta(days=2)}"}}
    [line] = said(change)
    assert line.endswith("write the day on which SCR-057 was approved")


@pytest.mark.parametrize(
    ("rule_id", "change", "says"),
    [
        ("SCR-057", lambda rule: rule.update(when="bladder_trouble && hepatitis", examples=rule["examples"][1:],
                                             needs=["bladder_trouble", "hepatitis"]), "when is another expression"),
        ("SCR-002", lambda rule: rule.update(when="age_years >= 70", parameters=[], examples=rule["examples"][::2]),
         "when is another expression than age_years >= older_age"),
        ("SCR-047", lambda rule: rule.pop("concern"), "concern is left out instead of HIGH"),
        ("SCR-042", lambda rule: rule.update(actions=["RECHECK_PRESSURE"]), "actions lack SAME_DAY_REFERRAL"),
        ("SCR-040", lambda rule: rule.pop("recheck_after_days"), "recheck_after_days is another one"),
        ("SCR-044", lambda rule: rule.pop("evidence"), "evidence is another one"),
        ("SCR-010", lambda rule: rule["outcome"].pop("IV_PAIN"), "IV_PAIN is left out instead of INELIGIBLE"),
    ],
)  # fmt: skip
def test_a_shipped_rule_written_otherwise_is_looser_too(rule_id, change, says):
    whole = rewritten(rule_id, change)
    file, issues = validate(whole)
    assert file is None
    assert any(says in str(issue) for issue in issues), issues
    approved, _ = validate(whole | {"rule_changes": [{"rule": rule_id, "approval": APPROVAL}]})
    assert approved is not None


def test_a_file_without_the_shipped_rules_misses_each_of_them():
    whole = data()
    own = [rule for rule in whole["rules"] if rule["id"] == "LRK-001"]
    _, issues = validate(whole | {"rules": own, "parameters": []})
    assert len(issues) == len(FILE.rules) - 1
    assert str(issues[0]).startswith("rules takes SCR-001 out, which is shipped; keep SCR-001, or let a director")


def test_a_shipped_parameter_set_otherwise_in_a_rule_file_is_looser_too():
    whole = rewritten("SCR-003", lambda rule: rule["examples"].pop(3))
    parameters = [one | ({"value": 45} if one["id"] == "weight_days" else {}) for one in whole["parameters"]]
    _, [issue] = validate(whole | {"parameters": parameters})
    assert "value is 45, which makes SCR-003 looser: weight_days is 30 as shipped" in str(issue)


def test_words_and_further_rules_are_free():
    whole = rewritten("SCR-057", lambda rule: rule.update(patient_reason="We talk about it first."))
    assert validate(whole)[1] == []


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ([{"parameter": "weight_day", "value": 14}], "is weight_day, which no rule file declares; use one of a"),
        ([{"rule": "SCR-999", "removed": True}], "rule is SCR-999, which is no rule of this file"),
        ([{"rule": "SCR-057"}], "changes nothing of SCR-057"),
        ([STRICTER[0] | {"approval": APPROVAL}], "is about high_systolic, which is not looser than shipped"),
        ([STRICTER[0], STRICTER[0]], "is about high_systolic, as another one is"),
        ([{"parameter": "older_age"}], "gives a value to a parameter"),
        ([{"rule": "SCR-057", "parameter": "older_age", "value": 60}], "changes one thing"),
        ([{"rule": "SCR-057", "removed": True, "unknown": "DEFERRED"}], "changes outcome or unknown of something"),
        ([{"parameter": "older_age", "value": "60"}], "valid integer"),
        ([{"parameter": "adult_age", "value": 200}], "spoils SCR-001, which then is true whatever the facts are"),
        ([LOOSER[4][0] | {"approval": APPROVAL | {"why": "so"}}], "at least 10 characters"),
        ([LOOSER[4][0] | {"approval": {"approved_by": "A. Kestrel", "why": "No reason."}}], "approved_on is missing"),
    ],
    ids=lambda one: str(one)[:40],
)  # fmt: skip
def test_a_change_that_makes_no_sense_is_refused(changes, says):
    found = said(*changes)
    assert any(says in line for line in found), found


def test_the_refusal_names_file_line_and_rule(tmp_path):
    for folder in ("rules", "forms", "medicines"):
        (tmp_path / folder).mkdir()
        for each in (PATH.parent / folder).glob("*.yaml"):
            (tmp_path / folder / each.name).write_text(each.read_text())
    text = TEXT.replace("rules:\n  - id: LRK", "rule_changes:\n  - {rule: SCR-057, removed: true}\nrules:\n  - id: LRK")
    (tmp_path / PATH.name).write_text(text)
    general = tmp_path / "rules" / "general.yaml"
    general.write_text(general.read_text().replace("    concern: HIGH\n", "", 1))
    with pytest.raises(InvalidClinicFile) as refused:
        load(tmp_path / PATH.name)
    removed, weakened = str(refused.value).splitlines()
    line = text.splitlines().index("  - {rule: SCR-057, removed: true}") + 1
    assert removed.startswith(f"larkspur.yaml, line {line}, column 5: rule_changes[0] takes SCR-057 out")
    line = general.read_text().splitlines().index("  - id: SCR-042E") + 1
    assert weakened.startswith(f"rules/general.yaml, line {line}, column 5: rules[")
    assert "is looser than SCR-042E as shipped: concern is left out instead of HIGH" in weakened


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (LOOSER[0][0], "high_systolic is 150 instead of 140"),
        (LOOSER[4][0], "SCR-057 is taken out"),
        (LOOSER[6][0], "SCR-020 gives IV_MOOD DEFERRED"),
        ({"rule": "SCR-047"}, "SCR-047 is another rule than the shipped one"),
    ],
)
def test_what_is_looser_is_described_in_a_few_words(change, says):
    [found] = ClinicFile.model_validate(data() | {"rule_changes": [change]}).rule_changes
    assert described(found) == says
