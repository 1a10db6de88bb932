"""Names as they are compared: by their words, whatever their case, accents and punctuation."""

import re
import unicodedata

_LETTERS = str.maketrans({"ø": "o", "đ": "d", "ð": "d", "ł": "l", "æ": "ae", "œ": "oe", "þ": "th", "ı": "i"})


def words(name: str) -> list[str]:
    """The words of a name without case, accents and punctuation: "Łucja O'Neill-Müller" is lucja, oneill, muller."""
    plain = unicodedata.normalize("NFKD", name.casefold()).translate(_LETTERS)
    letters = "".join(c for c in plain if not unicodedata.combining(c) and c not in "'’‘`´.")
    return re.findall(r"[^\W\d_]+", letters)
