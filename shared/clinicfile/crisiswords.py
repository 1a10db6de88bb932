"""Words of crisis in what people write (domain A.6): a set that a clinic may change, found however they are written."""

import re
import unicodedata
from collections.abc import Iterable

CRISIS_WORDS = (
    "suicid", "kill myself", "kill my self", "killing myself", "end my life", "ending my life", "end it all",
    "want to die", "wanna die", "wish i was dead", "wish i were dead", "better off dead", "self harm", "selfharm",
    "hurt myself", "hurting myself", "harm myself", "harming myself", "cut myself", "cutting myself", "overdos",
    "suicidarme", "matarme", "quiero morir", "quitarme la vida", "hacerme dano", "autolesi", "sobredosis",
)  # fmt: skip
"""Beginnings of words, in English and Spanish, without accents."""
_SAID_OTHERWISE = (
    (re.compile(r"\bmy self\b"), "myself"),
    (re.compile(r"\bmy own life\b"), "my life"),
    (re.compile(r"\b(?:take|takes|taking|took) my life\b"), "end my life"),
    (re.compile(r"\b(?:wants|wanted|wish|wishes|going) to die\b"), "want to die"),
    (re.compile(r"\b(?:dont|do not|didnt) want to (?:live|be alive)\b"), "want to die"),
    (re.compile(r"\bno quiero (?:seguir )?(?:vivir|viviendo)\b"), "quiero morir"),
)


def plain(text: str) -> str:
    """Lower case words with single spaces: no accents, width, invisible characters, apostrophes or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Me", "Cf") and c not in "'’`")
    return " ".join(re.sub(r"[\W_]+", " ", kept.casefold()).split())


def speaks_of_crisis(text: str, words: Iterable[str]) -> bool:
    """Whether one of the words or phrases begins somewhere in the text, at the beginning of a word."""
    whole = f" {_in_one_form(text)}"
    return any(f" {_in_one_form(word)}" in whole for word in words)


def _in_one_form(text: str) -> str:
    """In plain, and what is said in another form of the same words in the form that lists have."""
    said = plain(text)
    for otherwise, so in _SAID_OTHERWISE:
        said = otherwise.sub(so, said)
    return said
