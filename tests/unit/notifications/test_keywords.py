"""What an inbound text asks for (domain E.2, E.5, A.6)."""

from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.keywords import Ask
from services.notifications.domain.keywords import asked as classified
from shared.clinicfile.crisiswords import CRISIS_WORDS


def asked(text: str, words: Iterable[str] = CRISIS_WORDS) -> Ask:
    """Classified by the words that are shipped, or by a clinic's own."""
    return classified(text, words)


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        (" stop ", Ask.STOP),
        ("Stop please", Ask.STOP),
        ("STOPALL", Ask.STOP),
        ("Opt out", Ask.STOP),
        ("opt-out!", Ask.STOP),
        ("please don't stop", Ask.OTHER),
        ("no mas", Ask.OTHER),
        ("HELP", Ask.HELP),
        ("start", Ask.START),
        ("C", Ask.CONFIRM),
    ],
)
def test_the_vectors_of_e_2(text: str, ask: Ask) -> None:
    assert asked(text) is ask


@pytest.mark.parametrize(
    "word", ["STOP", "QUIT", "END", "REVOKE", "OPT OUT", "CANCEL", "UNSUBSCRIBE", "STOPALL", "OPTOUT"]
)
@pytest.mark.parametrize(
    "around", ["{}", "{}.", "  {}\n", "please {}", "{}, thanks!", "Hi, {} please", "“{}”", "{}\u200b"]
)
def test_every_stop_word_counts_with_politeness_and_punctuation(word: str, around: str) -> None:
    assert asked(around.format(word)) is Ask.STOP
    assert asked(around.format(word.lower())) is Ask.STOP


@pytest.mark.parametrize(
    ("text", "ask"),
    [
        ("stop texting me", Ask.STOP),
        ("ＳＴＯＰ", Ask.STOP),
        ("please start", Ask.OTHER),
        ("START!", Ask.START),
        ("Unstop", Ask.START),
        ("yes", Ask.YES),
        ("yes please", Ask.YES),
        ("yes but not before ten", Ask.OTHER),
        ("info", Ask.HELP),
        ("cancel my appointment", Ask.OTHER),
        ("can I come at the end of the week", Ask.OTHER),
        ("", Ask.OTHER),
        ("👍", Ask.OTHER),
        ("stop stop", Ask.OTHER),
    ],
)
def test_settled_readings_of_e_5(text: str, ask: Ask) -> None:
    assert asked(text) is ask


@pytest.mark.parametrize(
    "text",
    [
        "suicide", "I am suicidal", "I want to kill myself", "I'll end my life", "want to die", "self harm",
        "self-harm", "selfharm again", "I hurt myself", "overdose", "overdosed last night", "I WANT TO DIE",
        "kill\u200b myself",
        "stop, I want to die", "help I want to die", "keep thinking of killing myself", "quiero morir", "Suicidio",
    ],
)  # fmt: skip
def test_crisis_words_win_over_all(text: str) -> None:
    assert asked(text) is Ask.CRISIS


def test_the_words_of_the_clinic_count_and_no_others() -> None:
    assert asked("there is no way out for me", ["no way out"]) is Ask.CRISIS
    assert asked("there is no way out for me") is Ask.OTHER
    assert asked("No way out? Stop", ["no way out"]) is Ask.CRISIS
    assert asked("stop", ["no way out"]) is Ask.STOP


@pytest.mark.parametrize(
    "text", ["my phone died", "this is a life saver", "harmless", "the overdue form", "dose question"]
)
def test_harmless_words_are_not_a_crisis(text: str) -> None:
    assert asked(text) is Ask.OTHER


@given(st.text(max_size=200))
def test_more_than_a_keyword_is_never_taken_for_one(text: str) -> None:
    assert asked(f"{text} unless it rains") in (Ask.OTHER, Ask.CRISIS)


@given(
    st.text(max_size=60), st.sampled_from(["suicide", "kill myself", "want to die", "overdose"]), st.text(max_size=60)
)
def test_a_crisis_word_is_found_inside_any_text(before: str, word: str, after: str) -> None:
    assert asked(f"{before} {word} {after}") is Ask.CRISIS
