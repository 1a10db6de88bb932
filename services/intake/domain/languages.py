"""Which of the languages that a text is worded in somebody gets."""

import re
from collections.abc import Iterator, Sequence

_WANTED = re.compile(r"\s*([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*|\*)\s*(?:;\s*q\s*=\s*([01](?:\.\d{0,3})?)\s*)?")


def chosen(worded: Sequence[str], wanted: str | None, accept_language: str | None) -> str:
    """One of `worded`: what was `wanted` by name, else the best of an Accept-Language header (RFC 9110), or the first.

    `es-MX` is served by `es`, `en` by `en-US`. What cannot be read is as if it were not there.
    """
    for language in (*([wanted] if wanted else []), *_preferred(accept_language or "")):
        if language == "*":
            return worded[0]
        if found := _served(language, worded):
            return found
    return worded[0]


def _served(language: str, worded: Sequence[str]) -> str | None:
    exact = next((one for one in worded if one.lower() == language.lower()), None)
    return exact or next((one for one in worded if _base(one) == _base(language)), None)


def _base(language: str) -> str:
    return language.split("-", maxsplit=1)[0].lower()


def _preferred(header: str) -> Iterator[str]:
    """Languages of the header, the most wanted first; what has a quality of 0 is not wanted at all."""
    found = [match for part in header.split(",") if (match := _WANTED.fullmatch(part))]
    ranked = sorted(((float(match[2] or 1), match[1]) for match in found), key=lambda each: -each[0])
    return (language for quality, language in ranked if quality > 0)
