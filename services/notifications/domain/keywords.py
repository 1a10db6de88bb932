"""What an inbound text asks for (domain E.2, E.5, A.6). Whatever is not plainly a keyword goes to a person."""

import re
from collections.abc import Iterable
from enum import StrEnum

from shared.clinicfile.crisiswords import plain, speaks_of_crisis


class Ask(StrEnum):
    """What the patient asks for. `OTHER` is for a person to read."""

    CRISIS = "CRISIS"
    STOP = "STOP"
    START = "START"
    YES = "YES"
    HELP = "HELP"
    CONFIRM = "CONFIRM"
    OTHER = "OTHER"


_KEYWORDS = {
    Ask.STOP: ("stop", "stopall", "stop all", "quit", "end", "revoke", "opt out", "optout", "cancel", "unsubscribe",
               "stop texting me", "stop texting", "stop messaging me", "stop sending me texts", "remove me"),
    Ask.START: ("start", "unstop"),
    Ask.YES: ("yes",),
    Ask.HELP: ("help", "info"),
    Ask.CONFIRM: ("c", "confirm"),
}  # fmt: skip
_ASK_OF = {word: ask for ask, words in _KEYWORDS.items() for word in words}
_POLITE = re.compile(r"^(?:please|pls|hi|hello|thanks|thank you)\b|\b(?:please|pls|thanks|thank you)$")


def asked(text: str, crisis_words: Iterable[str]) -> Ask:
    """Classify a text. Crisis words win over all; a keyword is the whole text, politeness and punctuation aside; START
    needs the bare word (E.5). `crisis_words` are the clinic's (A.6)."""
    if speaks_of_crisis(text, crisis_words):
        return Ask.CRISIS
    said = plain(text)
    if said in _KEYWORDS[Ask.START]:
        return Ask.START
    ask = _ASK_OF.get(_without_politeness(said), Ask.OTHER)
    return Ask.OTHER if ask is Ask.START else ask


def _without_politeness(text: str) -> str:
    previous = None
    while text != previous:
        previous, text = text, _POLITE.sub("", text).strip()
    return text
