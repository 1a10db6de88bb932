"""What rules that are not in force would make of a decision."""

from services.intake.domain.foreseeing import foreseen
from services.intake.domain.screening import screen
from shared.clinicfile.ruleset import RuleChange
from tests.unit.clinicfile.every import FILES
from tests.unit.intake.cases import NOW, stated
from tests.unit.rules.facts import HEALTHY

TROUBLE = stated(HEALTHY | {"bladder_trouble": True})


def under(change=None, clinic="cedar", facts=TROUBLE):
    made = (RuleChange.model_validate(change),) if change else ()
    return screen(FILES[clinic].model_copy(update={"rule_changes": made}), "h", facts, NOW)


def told(before, after):
    def came(one):
        return [f"{said.rule_id} {said.outcome}" for said in one.came]

    found = foreseen(before, after)
    return [(one.modality, one.before, one.after, came(one), [said.rule_id for said in one.went]) for one in found]


def test_a_rule_that_is_made_stricter_comes_with_its_new_outcome_and_goes_with_the_old():
    after = under({"rule": "SCR-057", "outcome": {"IV_MOOD": "DEFERRED"}})
    assert told(under(), after) == [("IV_MOOD", "NEEDS_REVIEW", "DEFERRED", ["SCR-057 DEFERRED"], ["SCR-057"])]


def test_a_modality_with_the_same_outcome_for_other_reasons_is_told_too():
    after = under({"rule": "SCR-057", "removed": True})
    assert told(under(), after) == [
        ("IV_MOOD", "NEEDS_REVIEW", "ELIGIBLE", [], ["SCR-057"]),
        ("IV_PAIN", "NEEDS_REVIEW", "NEEDS_REVIEW", [], ["SCR-057"]),  # depression is no indication of it
    ]


def test_a_modality_that_is_offered_no_more_or_newly_has_no_outcome_on_that_side():
    both, without = under(clinic="coastline"), under(clinic="cedar")
    assert ("SPRAVATO_TRD", "NEEDS_REVIEW", None, [], ["SCR-057"]) in told(both, without)
    assert ("SPRAVATO_TRD", None, "NEEDS_REVIEW", ["SCR-057 NEEDS_REVIEW"], []) in told(without, both)


def test_nothing_is_told_where_nothing_changes_and_what_is_left_open_is_told_as_such():
    assert told(under(), under({"rule": "SCR-058", "outcome": {"IV_MOOD": "DEFERRED"}})) == []
    facts = {name: fact for name, fact in TROUBLE.items() if name != "severe_breathing_disorder"}
    before = under({"rule": "SCR-058", "removed": True}, facts=facts)
    assert [said.reason_code for said in foreseen(before, under(facts=facts))[0].came] == ["INCOMPLETE"]
