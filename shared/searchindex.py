"""Search over sealed names: blind indexes, HMAC-SHA256 under a key of their own (design: HTTP).

A token is the keyed digest of what can be asked for (a phone number, a name's beginning, ...) within one organisation.
Equal tokens say "perhaps": the caller unseals the candidates and scores them.

| kind     | made of                                                  | finds                                  |
|----------|----------------------------------------------------------|----------------------------------------|
| phone    | number in E.164                                          | however it was typed                   |
| email    | address, case folded                                     |                                        |
| birth    | birth date with each word of the legal name              | date and family name together          |
| sound    | American Soundex of each word of the names               | Smith for Smyth, Jensen for Jenson     |
| prefix   | the first 3 to 8 letters of each word (all, if shorter)  | what was typed so far                  |
"""

import re
from collections.abc import Iterable, Iterator
from datetime import date
from uuid import UUID

import phonenumbers

from shared.derivedkeys import keyed_digest
from shared.events.parts import Contact, Identity
from shared.words import words

_SHORTEST_PREFIX, _LONGEST_PREFIX = 3, 8
_SOUNDS = {letter: digit for digit, letters in enumerate(("bfpv", "cgjkqsxz", "dt", "l", "mn", "r"), 1)
           for letter in letters}  # fmt: skip


class SearchIndex:
    """Makes the tokens of one organisation's patients and of questions about them; `key` is `settings.index_key`."""

    def __init__(self, key: bytes, organisation_id: UUID) -> None:
        self._key = key
        self._organisation_id = organisation_id

    def tokens_for(self, identity: Identity | None, contact: Contact | None) -> frozenset[str]:
        """All tokens (64 hex digits each) under which a patient is found."""
        return frozenset(self._digest(kind, value) for kind, value in _facts(identity, contact))

    def tokens_for_query(
        self, *, name: str | None = None, birth_date: date | None = None, phone: str | None = None,
        email: str | None = None,
    ) -> dict[str, frozenset[str]]:  # fmt: skip
        """The tokens to look for, per kind: a patient with any of them is a candidate; more kinds, a better one.

        A birth date needs a name beside it. What cannot be read (a phone number that is none) asks for nothing.
        """
        asked = _asked(name or "", birth_date, phone, email)
        found: dict[str, set[str]] = {}
        for kind, value in asked:
            found.setdefault(kind, set()).add(self._digest(kind, value))
        return {kind: frozenset(tokens) for kind, tokens in found.items()}

    def _digest(self, kind: str, value: str) -> str:
        message = "\x1f".join((str(self._organisation_id), kind, value))
        return keyed_digest(self._key, "search index", message.encode()).hex()


def _facts(identity: Identity | None, contact: Contact | None) -> Iterator[tuple[str, str]]:
    if identity is not None:
        names = {*words(identity.legal_name), *words(identity.preferred_name or "")}
        yield from _name_facts(names)
        yield from (("birth", f"{identity.birth_date}/{word}") for word in words(identity.legal_name))
    if contact is not None:
        yield from _name_facts(words(contact.given_name))
        yield from _reached_by(contact.phone, contact.email)


def _name_facts(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    for word in names:
        yield from (("prefix", prefix) for prefix in _prefixes(word))
        yield from _sound(word)


def _asked(name: str, birth: date | None, phone: str | None, email: str | None) -> Iterator[tuple[str, str]]:
    for word in words(name):
        yield "prefix", word[:_LONGEST_PREFIX]
        yield from _sound(word)
        if birth is not None:
            yield "birth", f"{birth}/{word}"
    yield from _reached_by(phone, email)


def _sound(word: str) -> Iterator[tuple[str, str]]:
    code = soundex(word)
    if code is not None:
        yield "sound", code


def _reached_by(phone: str | None, email: str | None) -> Iterator[tuple[str, str]]:
    number = e164(phone) if phone else None
    if number is not None:
        yield "phone", number
    if email and email.strip():
        yield "email", email.strip().casefold()


def _prefixes(word: str) -> set[str]:
    return {word[:length] for length in range(min(_SHORTEST_PREFIX, len(word)), min(_LONGEST_PREFIX, len(word)) + 1)}


def soundex(word: str) -> str | None:
    """American Soundex of a folded word, as R163 for robert; None unless it is all of the letters a to z.

    The first letter, then the digits of the consonants after it: neighbours of one digit count once, also with h or w
    between them; a vowel between them parts them.
    """
    if not re.fullmatch("[a-z]+", word):
        return None
    digits, last = "", _SOUNDS.get(word[0])
    for letter in word[1:]:
        digit = _SOUNDS.get(letter)
        if digit is not None and digit != last:
            digits += str(digit)
        if letter not in "hw":
            last = digit
    return (word[0].upper() + digits + "000")[:4]


def e164(phone: str, region: str = "US") -> str | None:
    """The number in E.164, read as dialled in `region` unless it has a country code; None when it is no number."""
    try:
        number = phonenumbers.parse(phone, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
