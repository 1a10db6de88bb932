"""What an inbound text asks for (domain E.2, E.5, A.6). Whatever is not plainly a keyword goes to a person."""

import re
import unicodedata
from enum import StrEnum


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
_CRISIS = re.compile(
    r"\bsuicid|\bkill(ing)? my ?self\b|\bend(ing)? my (own )?life\b|\bend it all\b|\bwanna die\b"
    r"|\b(want|wants|wanted|going|wish) to die\b"
    r"|\bself ?harm|\b(hurt|harm|cut)(ing|ting)? my ?self\b|\boverdos|\bbetter off dead\b"
    r"|\bmatarme\b|\bquiero morir\b|\bquitarme la vida\b|\bhacerme dano\b|\bsobredosis\b"
)


def asked(text: str) -> Ask:
    """Classify a text. Crisis words win over all; a keyword is the whole text, politeness and punctuation aside; START
    needs the bare word (E.5)."""
    plain = _plain(text)
    if _CRISIS.search(plain):
        return Ask.CRISIS
    if plain in _KEYWORDS[Ask.START]:
        return Ask.START
    ask = _ASK_OF.get(_without_politeness(plain), Ask.OTHER)
    return Ask.OTHER if ask is Ask.START else ask


def _plain(text: str) -> str:
    """Lower case words with single spaces: no accents, width, invisible characters, apostrophes or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text)
    kept = "".join(c for c in decomposed if unicodedata.category(c) not in ("Mn", "Cf") and c not in "'’`")
    return " ".join(re.sub(r"[\W_]+", " ", kept.casefold()).split())


def _without_politeness(plain: str) -> str:
    previous = None
    while plain != previous:
        previous, plain = plain, _POLITE.sub("", plain).strip()
    return plain
