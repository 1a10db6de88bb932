"""What of new rules the old decisions can tell by themselves, so that not everybody is looked at anew."""

from typing import Any

import pytest

from services.intake.domain.activating import asks_otherwise, comes_to_the_same, may_be_told
from services.intake.domain.screening import screen
from shared.clinicfile.assessments import Asked
from shared.clinicfile.model import ClinicFile
from shared.events.parts import Modality, Outcome
from tests.unit.intake.cases import FIT, NOW, answered, decision_on, history, larkspur

COUNTING, ASKING = "SCR-001", "SCR-010"  # the first looks at an age, the second at an answer


def changed(rule_id: str, **update: Any) -> ClinicFile:
    file = larkspur()
    rules = (rule.model_copy(update=update) if rule.id == rule_id else rule for rule in file.rules)
    return file.model_copy(update={"rules": tuple(rules)})


@pytest.mark.parametrize(
    ("after", "told"),
    [
        pytest.param(larkspur(), True, id="nothing"),
        pytest.param(changed(COUNTING, reason="Too young."), True, id="the wording of a rule that counts"),
        pytest.param(changed(COUNTING, outcome={Modality.IV_MOOD: Outcome.DEFERRED}), False, id="a rule that counts"),
        pytest.param(changed(COUNTING, when="age_years < 21"), False, id="the number it counts to"),
        pytest.param(changed(ASKING, outcome={Modality.IV_MOOD: Outcome.DEFERRED}), True, id="a rule that asks"),
        pytest.param(
            larkspur().model_copy(update={"rules": larkspur().rules[1:]}), False, id="a rule that counts is gone"
        ),
    ],
)
def test_old_decisions_tell_unless_what_counts_time_decides_otherwise(after: ClinicFile, told: bool) -> None:
    assert may_be_told(larkspur(), after) is told


def asking(**lists: Asked) -> ClinicFile:
    file = larkspur()
    tracks: dict[Any, Asked] = dict(file.assessments.tracks)
    policy = file.assessments.model_copy(update={"tracks": tracks | lists})
    return file.model_copy(update={"assessments": policy})


def treating(*indications: str) -> ClinicFile:
    first, *others = larkspur().protocols
    changed_one = first.model_copy(update={"indications": indications})
    return larkspur().model_copy(update={"protocols": (changed_one, *others)})


MOOD = larkspur().assessments.tracks["MOOD"]
SAFETY = larkspur().assessments.model_copy(update={"safety": Asked(at_intake=("PHQ9",))})


@pytest.mark.parametrize(
    ("after", "otherwise"),
    [
        pytest.param(larkspur(), False, id="nothing"),
        pytest.param(changed(ASKING, outcome={Modality.IV_MOOD: Outcome.DEFERRED}), False, id="a rule"),
        pytest.param(asking(MOOD=MOOD.model_copy(update={"at_intake": ("PHQ9", "MADRS")})), True, id="another list"),
        pytest.param(asking(MOOD=MOOD.model_copy(update={"at_intake": ()})), True, id="an empty list"),
        pytest.param(asking(MOOD=MOOD.model_copy(update={"weekly": ("GAD7",)})), False, id="a list of later"),
        pytest.param(larkspur().model_copy(update={"assessments": SAFETY}), True, id="what everybody is asked"),
        pytest.param(treating("PTSD"), True, id="a protocol is for something else"),
    ],
)
def test_whether_something_else_is_asked_at_intake(after: ClinicFile, otherwise: bool) -> None:
    assert asks_otherwise(larkspur(), after) is asks_otherwise(after, larkspur()) is otherwise


@pytest.mark.parametrize(
    ("allergic", "same"), [("no", True), ("yes", False)], ids=["does not concern them", "concerns them"]
)
def test_whom_a_changed_rule_concerns_is_looked_at(allergic: str, same: bool) -> None:
    decision = decision_on(history(questionnaires=(answered(**FIT | {"allergy_ketamine": allergic}),)))
    after = changed(ASKING, outcome=dict.fromkeys(Modality, Outcome.DEFERRED))
    assert comes_to_the_same(decision, after, "hash-2") is same
    assert comes_to_the_same(decision, larkspur(), "hash-2")


def test_a_rule_that_asks_something_new_is_not_taken_to_pass() -> None:
    decision = decision_on(history(questionnaires=(answered(**FIT),)))
    known = {name: fact for name, fact in decision.facts.items() if name != "allergy_ketamine"}
    unasked = screen(larkspur(), "hash-1", known, NOW)
    assert not comes_to_the_same(unasked.model_copy(update={"modalities": decision.modalities}), larkspur(), "hash-2")
