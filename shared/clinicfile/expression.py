"""The part of CEL that rules may use: facts, literals, comparisons, `in`, arithmetic, `&& || ! ? :`.

CEL's functions, fields, null and optionals are refused, since some of them turn an unknown fact into an answer. The
library does not type-check, so literals are compared with the vocabulary here and types are tried out in `probe`.
"""

import re
from collections.abc import Iterable, Mapping
from itertools import pairwise

from shared.clinicfile.facts import Fact

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)(?![\w.])|(?P<text>'[^'\\]*')|(?P<word>[A-Za-z_]\w*)"
    r"|(?P<operator>\|\||&&|[=!<>]=|/(?!/)|[-<>!+*()\[\],?:]))"
)
_KEYWORDS = frozenset({"true", "false", "in"})

Token = tuple[str, str]


class NotAllowed(ValueError):
    """The expression uses something that rules may not use; the message continues the sentence "when ..."."""


def tokens(expression: str) -> list[Token]:
    """The expression as (kind, text) pairs. Raises NotAllowed."""
    found: list[Token] = []
    place = 0
    text = expression.rstrip()
    while place < len(text):
        hit = _TOKEN.match(text, place)
        if hit is None:
            raise NotAllowed(f"has {text[place:].split()[0][:20]!r}, which a rule may not use")
        found.append((str(hit.lastgroup), hit.group(str(hit.lastgroup))))
        place = hit.end()
    _refuse_calls(found)
    return found


def facts_in(found: Iterable[Token]) -> tuple[str, ...]:
    """The names used as facts, sorted."""
    return tuple(sorted({text for kind, text in found if kind == "word" and text not in _KEYWORDS}))


def numbers_in(found: Iterable[Token]) -> tuple[float, ...]:
    """The numeric literals, sorted."""
    return tuple(sorted({float(text) for kind, text in found if kind == "number"}))


def unknown_choices(found: Iterable[Token], facts: Mapping[str, Fact]) -> tuple[str, ...]:
    """Text literals that no fact of the expression can ever be equal to."""
    choices = {choice for fact in facts.values() for choice in fact.choices}
    return tuple(text for kind, text in found if kind == "text" and text.strip("'") not in choices)


def _refuse_calls(found: list[Token]) -> None:
    for (kind, text), (_, after) in pairwise(found):
        if kind == "word" and after == "(" and text != "in":
            raise NotAllowed(f"calls {text}(), and a rule may not call functions")
    if ("word", "null") in found:
        raise NotAllowed("uses null; an unknown fact is no null but left out")
