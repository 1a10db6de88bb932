"""Turn what pydantic says about a request into field errors that never repeat what was sent.

Codes and texts come from a fixed table. A validator of ours may say more with
`PydanticCustomError("phone_not_valid", "Give the number with its country code.")`: its type becomes the code and its
text is passed on unless it contains a value. The text of a plain ValueError is never passed on.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, get_args

from pydantic_core.core_schema import ErrorType

from shared.problems import FieldError

_STANDARD = frozenset(get_args(ErrorType))
_CODES = {"extra_forbidden": "UNKNOWN_FIELD", "value_error": "NOT_VALID", "assertion_error": "NOT_VALID"}
_TEXTS = {
    "missing": "This field is needed.",
    "extra_forbidden": "There is no such field; remove it or correct its name.",
    "value_error": "The value is not valid here.",
    "assertion_error": "The value is not valid here.",
    "date_past": "The date must be in the past.",
    "date_future": "The date must be in the future.",
    "timezone_aware": "Send the time with an offset, as 2030-01-31T09:00:00Z.",
    "datetime_from_date_parsing": "Send an RFC 3339 time, as 2030-01-31T09:00:00Z.",
    "datetime_parsing": "Send an RFC 3339 time, as 2030-01-31T09:00:00Z.",
    "date_from_datetime_parsing": "Send a date as 2030-01-31.",
    "date_parsing": "Send a date as 2030-01-31.",
    "uuid_parsing": "Send a UUID.",
    "string_pattern_mismatch": "The text does not have the form in params.",
    "enum": "Send one of the values in params.",
    "literal_error": "Send one of the values in params.",
}
_PARAMS = (
    "gt", "ge", "lt", "le", "multiple_of", "min_length", "max_length", "actual_length", "field_type", "pattern",
    "expected", "max_digits", "decimal_places", "whole_digits", "discriminator", "expected_tags",
)  # fmt: skip
_PLACES = {"query", "path", "header", "cookie"}
_FIELD_NAME = re.compile(r"(?:[A-Za-z_]|\d{1,2}(?!\d)){1,40}")
_SHORTEST_TELLING = 3


def field_errors(errors: Sequence[Mapping[str, Any]]) -> list[FieldError]:
    """The field errors of pydantic's error dictionaries."""
    return [FieldError(_pointer(error["loc"]), _code(error["type"]), _params(error)) for error in errors]


def _pointer(loc: Sequence[str | int]) -> str:
    first, *rest = loc or ("body",)
    steps = [_step(part) for part in rest]
    if first in _PLACES:
        return f"{first}:{'/'.join(steps)}"
    return "".join(f"/{step}" for step in steps)


def _step(part: str | int) -> str:
    """A key of the caller's own making may be personal: only what looks like a field name is repeated."""
    if isinstance(part, int):
        return str(part)
    return part if _FIELD_NAME.fullmatch(part.replace("-", "_")) else "*"


def _code(kind: str) -> str:
    return _CODES.get(kind, kind.upper())


def _params(error: Mapping[str, Any]) -> dict[str, Any]:
    context = error.get("ctx") or {}
    standard = error["type"] in _STANDARD
    params = {name: _plain(context[name]) for name in _PARAMS if standard and name in context}
    text = _TEXTS.get(error["type"]) or _own_text(error)
    return {**params, "detail": text} if text else params


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | float | str | None) else str(value)


def _own_text(error: Mapping[str, Any]) -> str | None:
    """The text of a custom error of ours, unless a value sent stands in it."""
    if error["type"] in _STANDARD:
        return None
    text: str = error["msg"]
    told = text.casefold()
    return None if any(value.casefold() in told for value in _values(error.get("input"))) else text


def _values(sent: Any) -> Iterator[str]:
    if isinstance(sent, Mapping):
        for key, value in sent.items():
            yield from _values(key)
            yield from _values(value)
    elif isinstance(sent, list | tuple | set | frozenset):
        for value in sent:
            yield from _values(value)
    elif len(str(sent)) >= _SHORTEST_TELLING and sent is not None:
        yield str(sent)
