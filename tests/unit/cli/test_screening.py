"""`stillwater screening try`: the rules of a clinic file tried on bare facts (domain A)."""

import json
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cli.main import main
from tests.unit.rules.facts import HEALTHY

LARKSPUR = Path(__file__).parents[3] / "clinics" / "larkspur.yaml"


@pytest.fixture
def tried(tmp_path, monkeypatch, capsys):
    """`tried(facts, *options)`: exit code, what was printed, what was complained of."""

    def command(facts, *options):
        file = tmp_path / "facts.json"
        file.write_text(facts if isinstance(facts, str) else json.dumps(facts))
        arguments = ["screening", "try", "--clinic", str(LARKSPUR), "--facts", str(file), *options]
        monkeypatch.setattr(sys, "argv", ["stillwater", *arguments])
        with pytest.raises(SystemExit) as end:
            main()
        said = capsys.readouterr()
        return end.value.code or 0, said.out, said.err

    return command


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({}, "IV_MOOD: ELIGIBLE, every rule passed"),
        ({"age_years": 17}, "IV_MOOD: INELIGIBLE"),
        ({"phq9_item9": 3}, "IV_MOOD: EMERGENCY"),
        ({"cssrs_taken": True, "cssrs_high": True}, "IV_MOOD: EMERGENCY"),
        (
            {"run_mean_systolic_max": 150, "run_mean_diastolic_max": 95, "pressure_reading_count": 2},
            "IV_MOOD: DEFERRED",
        ),
    ],
)
def test_the_outcome_and_its_reasons_are_printed(tried, changes, said):
    code, out, err = tried(HEALTHY | changes)
    assert (code, err) == (0, "")
    assert said in out


@pytest.mark.parametrize(
    ("changes", "days", "look_again"),
    [
        ({"consent_age_days": 364}, 2, None),
        ({"cardiac_event": True, "cardiac_event_age_days": 38}, 4, 4),
        ({"intoxicated_now": True}, 1, 1),
    ],
)
def test_it_says_until_when_it_holds_and_when_to_look_again(tried, changes, days, look_again):
    _, out, _ = tried(HEALTHY | changes, "--json")
    decision = json.loads(out)
    began, zone = datetime.fromisoformat(decision["screened_at"]), ZoneInfo("America/Boise")
    until = datetime.fromisoformat(decision["valid_until"])
    assert (until.astimezone(zone).date() - began.astimezone(zone).date()).days == days
    again = decision["recheck_after"] and (datetime.fromisoformat(decision["recheck_after"]) - began).days
    assert again == look_again
    _, printed, _ = tried(HEALTHY | changes)
    assert f"Valid until {until.astimezone(zone):%Y-%m-%d}" in printed
    assert ("Look again after" in printed) is (look_again is not None)


def test_what_is_left_out_is_unknown_and_asked(tried):
    _, out, _ = tried({name: value for name, value in HEALTHY.items() if name != "allergy_ketamine"})
    assert "IV_MOOD: NEEDS_REVIEW" in out
    assert "To be asked: allergy_ketamine" in out


def test_the_whole_decision_as_json(tried):
    _, out, _ = tried(HEALTHY | {"pregnant": True}, "--json")
    decision = json.loads(out)
    [mood] = [one for one in decision["modalities"] if one["modality"] == "IV_MOOD"]
    assert (mood["outcome"], mood["findings"][0]["rule_id"]) == ("INELIGIBLE", "SCR-020")
    assert mood["findings"][0]["evidence"] == {"could_be_pregnant": True, "pregnant": True}


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ("{", "facts.json, line 1, column 2: this is no JSON"),
        ("[1]", "facts.json: facts are written as one object"),
        ({"age": 40}, "facts.json: there is no fact 'age'"),
        ({"age_years": "forty"}, "age_years cannot have that value; it is a whole number of 0 to 130 completed years"),
        ({"age_years": 200}, "age_years cannot have that value"),
        ({"pregnant": None}, "pregnant cannot have that value; it is true or false; leave it out when it is unknown"),
        ({"child_pugh": "D"}, "child_pugh cannot have that value; it is one of NONE, A, B, C"),
    ],
)
def test_a_mistake_in_the_facts_is_named_and_nothing_decided(tried, facts, says):
    code, out, err = tried(facts)
    assert (code, out) == (1, "")
    assert says in err
    assert len(err.splitlines()) == 1


def test_a_file_that_is_not_there_is_said_to_be(monkeypatch, capsys):
    monkeypatch.setattr(
        sys, "argv", ["stillwater", "screening", "try", "--clinic", str(LARKSPUR), "--facts", "no.json"]
    )
    with pytest.raises(SystemExit) as end:
        main()
    assert end.value.code == 1
    assert "no.json cannot be read: No such file or directory" in capsys.readouterr().err


def test_every_fact_at_fault_is_named_at_once(tried) -> None:
    code, _, err = tried({"age_years": "forty", "age": 40})
    assert code == 1
    assert [line.split(": ")[2].split()[0] for line in err.splitlines()] == ["age_years", "there"]
