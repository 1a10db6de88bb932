"""A stored screening beside the same facts decided again (domain A.1)."""

import pytest

from services.intake.domain.replaying import differences
from services.intake.domain.screening import screen
from shared.events.parts import Modality, Outcome
from shared.rules import ENGINE
from tests.unit.intake.cases import NOW, decision_on, history, larkspur

STORED = decision_on(history({"psychosis_history": "yes", "schizophrenia": "unknown"}))


def test_the_same_facts_under_the_same_rules_give_the_same():
    assert differences(STORED, screen(larkspur(), "hash-1", STORED.facts, NOW)) == ()
    assert STORED.engine == ENGINE


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"outcome": Outcome.ELIGIBLE, "findings": ()}, "IV_MOOD: INELIGIBLE then, ELIGIBLE now"),
        ({"findings": ()}, "IV_MOOD SCR-030: INCOMPLETE NEEDS_REVIEW then, passed now"),
    ],
)
def test_what_is_different_is_said_rule_by_rule(changes, said):
    mood = STORED.of(Modality.IV_MOOD)
    others = tuple(one for one in STORED.modalities if one is not mood)
    again = STORED.model_copy(update={"modalities": (mood.model_copy(update=changes), *others)})
    assert said in differences(STORED, again)


def test_a_modality_that_is_no_longer_offered_is_said():
    less = STORED.model_copy(update={"modalities": STORED.modalities[1:]})
    gone = STORED.modalities[0].modality
    assert differences(STORED, less) == (f"{gone}: decided only then",)
    assert differences(less, STORED) == (f"{gone}: decided only now",)
