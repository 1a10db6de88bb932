"""Sealing: AES-256-GCM per audience, so that a field can be read only by the services that need it.

A sealed value is text: `v1.<audience>.<key id>.<base64url of nonce + ciphertext>`. Its associated data names the place
it belongs to (event id and field, or table, column and row), so a value moved elsewhere does not open.
"""

import base64
import os
from collections.abc import Mapping
from typing import Any, Generic, TypeVar, get_args, get_origin

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel, GetCoreSchemaHandler, GetJsonSchemaHandler, TypeAdapter
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")
_NONCE, _PARTS = 12, 3


class CannotOpen(Exception):
    """The value is damaged, stands in the wrong place, or its key is not held here. Never carries the value."""


class Audience:
    """Marks an event field with the audience that may read it: `Annotated[Sealed[Identity], Audience("identity")]`."""

    def __init__(self, name: str) -> None:
        self.name = name


class Sealed(Generic[T]):
    """A field that only its audience can read. Made plain with `Sealed.of(value)`; sealed when the event is emitted."""

    __slots__ = ("token", "value")

    def __init__(self, token: str | None = None, value: Any = None) -> None:
        self.token = token
        self.value = value

    @classmethod
    def of(cls, value: T) -> "Sealed[T]":
        return cls(value=value)

    def __repr__(self) -> str:
        return "Sealed(...)"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sealed) and (self.token, self.value) == (other.token, other.value)

    def __hash__(self) -> int:
        return hash(self.token)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        from_text = core_schema.no_info_after_validator_function(
            lambda token: cls(token=token), core_schema.str_schema(min_length=1)
        )
        return core_schema.json_or_python_schema(
            json_schema=from_text,
            python_schema=core_schema.union_schema([core_schema.is_instance_schema(Sealed), from_text]),
            serialization=core_schema.plain_serializer_function_ser_schema(_token_of),
        )

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"type": "string", "format": "stillwater-sealed"}


def _token_of(sealed: "Sealed[Any]") -> str:
    if sealed.token is None:
        raise ValueError("a plain value was about to be written; emit seals it first")
    return sealed.token


class SealedField:
    """What an event type says of one sealed field: its audience and the type of the value inside."""

    def __init__(self, audience: str, inner: Any) -> None:
        self.audience = audience
        self.adapter: TypeAdapter[Any] = TypeAdapter(inner)
        self.inner = inner


def sealed_fields(model: type[BaseModel]) -> dict[str, SealedField]:
    """The sealed fields of an event type by name. Each must name its audience."""
    found = {}
    for name, field in model.model_fields.items():
        for candidate in (field.annotation, *get_args(field.annotation)):
            if get_origin(candidate) is Sealed:
                audience = next(m.name for m in field.metadata if isinstance(m, Audience))
                found[name] = SealedField(audience, get_args(candidate)[0])
    return found


class Keyring:
    """The keys one service holds: audience -> key id -> 32 bytes. The last key id of an audience seals; all open."""

    def __init__(self, keys: Mapping[str, Mapping[str, bytes]]) -> None:
        self._keys = {audience: {k: AESGCM(v) for k, v in by_id.items()} for audience, by_id in keys.items()}

    def seal(self, audience: str, place: str, plain: bytes) -> str:
        """Seal `plain` for `audience`; it opens only with the same `place`."""
        key_id = list(self._keys[audience])[-1]
        nonce = os.urandom(_NONCE)
        sealed = nonce + self._keys[audience][key_id].encrypt(nonce, plain, place.encode())
        return f"v1.{audience}.{key_id}.{base64.urlsafe_b64encode(sealed).decode()}"

    def open(self, place: str, token: str) -> bytes:
        """The plain bytes. Raises CannotOpen."""
        try:
            _, audience, key_id, text = token.split(".", 3)
            raw = base64.urlsafe_b64decode(text)
            return self._keys[audience][key_id].decrypt(raw[:_NONCE], raw[_NONCE:], place.encode())
        except (InvalidTag, KeyError, ValueError):
            raise CannotOpen(f"cannot open the sealed value at {place}") from None


def event_place(event_id: object, field: str) -> str:
    """Associated data of a sealed event field."""
    return f"event:{event_id}:{field}"


def is_sealed(value: object) -> bool:
    """Whether it is what `seal` makes of something."""
    return isinstance(value, str) and value.startswith("v1.") and value.count(".") == _PARTS


def row_place(table: str, column: str, row: object) -> str:
    """Associated data of a sealed column."""
    return f"row:{table}:{column}:{row}"
