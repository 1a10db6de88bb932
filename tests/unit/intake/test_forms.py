"""Forms and what they become."""

import pytest

from services.intake.domain.observations import Answer, HealthAnswers
from services.intake.forms.views import document_of
from shared.clinicfile.forms import FILLABLE
from tests.unit.intake.cases import larkspur

HEALTH = larkspur().form("health")


@pytest.mark.parametrize("name", FILLABLE)
def test_whatever_a_question_fills_is_a_question_of_the_health_questionnaire(name):
    sample = {"yes_no": "yes", "number": 2, "date": "2026-01-31", "choice": "unknown"}[FILLABLE[name]]
    given = HealthAnswers.model_validate({name: sample})
    assert getattr(given, name) is not Answer.ABSENT


def test_every_word_that_a_form_shows_is_in_one_language():
    english, spanish = document_of(HEALTH, "en"), document_of(HEALTH, "es")
    assert (english.language, spanish.language) == ("en", "es")
    texts = zip(english.sections, spanish.sections, strict=True)
    same = [
        (ours.id, one.id) for ours, theirs in texts
        for one, other in zip(ours.questions, theirs.questions, strict=True) if one.text == other.text
    ]  # fmt: skip
    assert same == []


def test_dangerous_answers_carry_the_help_and_no_other_does():
    document = document_of(HEALTH, "es")
    carrying = {
        (question.id, answer.value)
        for section in document.sections for question in section.questions for answer in question.answers
        if answer.crisis
    }  # fmt: skip
    assert carrying == {
        ("immediate_danger", "yes"), ("acute_symptoms_now", "yes"), ("primary_indication", "SUICIDAL_IDEATION"),
    }  # fmt: skip
    assert all(number in document.crisis for number in ("988", "911"))


def test_every_question_but_text_may_be_left_unsaid():
    for section in document_of(HEALTH, "en").sections:
        for question in section.questions:
            unsaid = {answer.value for answer in question.answers} >= {"unknown", "refused"}
            assert unsaid == (question.type != "text"), question.id
