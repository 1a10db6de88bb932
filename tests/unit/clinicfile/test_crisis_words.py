"""Words of crisis (domain A.6) are found however they are written, and not in words that only look like them."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.clinicfile.crisiswords import CRISIS_WORDS, plain, speaks_of_crisis
from tests.unit.clinicfile.larkspur import issues

OF_THE_DOMAIN = (
    "suicide", "kill myself", "end my life", "want to die", "self harm", "hurt myself", "overdose",
)  # fmt: skip


@pytest.mark.parametrize("word", OF_THE_DOMAIN)
@pytest.mark.parametrize("frame", ["{}", "I think of {} at times.", "... {}!!", "a\n{}\nb"])
def test_every_word_of_the_domain_is_found(word: str, frame: str) -> None:
    assert speaks_of_crisis(frame.format(word), CRISIS_WORDS)


@pytest.mark.parametrize(
    "text",
    [
        "I feel SUICIDAL", "Self-Harm", "self\u2010harm", "s\u200buicide", "kill  my\tself", "I'd  want\nto  die",
        "I am going to die", "she wants to die", "end my own life", "killing my self", "Cutting my-self again",
        "ｓｕｉｃｉｄｅ", "Pienso en quitarme la vida", "sobredosis", "hacerme daño", "overdosed last year",
        "I don't want to live any more", "thought of taking my own life", "Ya no quiero vivir",
        "no quiero seguir viviendo",
    ],
)  # fmt: skip
def test_however_it_is_written(text: str) -> None:
    assert speaks_of_crisis(text, CRISIS_WORDS)


@pytest.mark.parametrize(
    "text", ["", "A long walk by the sea.", "the killer app", "I die of laughter", "the ending of my lifelong job"]
)
def test_ordinary_words_are_none(text: str) -> None:
    assert not speaks_of_crisis(text, CRISIS_WORDS)


@given(st.text(max_size=60), st.sampled_from(CRISIS_WORDS), st.text(max_size=60))
def test_nothing_around_a_word_hides_it(before: str, word: str, after: str) -> None:
    assert speaks_of_crisis(f"{before} {word} {after}", CRISIS_WORDS)


@given(st.text(max_size=80))
def test_a_text_in_plain_stays_as_it_is(text: str) -> None:
    assert plain(plain(text)) == plain(text)


@pytest.mark.parametrize(
    ("words", "field", "says"),
    [
        ([], "safety.crisis_words", "at least 1 item"),
        (["suicid", "it"], "safety.crisis_words[1]", "is too short"),
        (["...?"], "safety.crisis_words[0]", "is too short"),
    ],
)
def test_a_list_that_finds_nothing_or_everything_is_refused(words: Any, field: str, says: str) -> None:
    found = issues(("safety",), {"crisis_words": words})
    assert any(field in line and says in line for line in found), found


def test_a_clinic_may_add_words_of_its_own() -> None:
    assert issues(("safety",), {"crisis_words": [*CRISIS_WORDS, "no way out"], "disposition_days": 7}) == []
