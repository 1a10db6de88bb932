"""Identifiers: time-ordered UUIDv7 for new things, UUIDv5 for things that must be the same when made again."""

from uuid import UUID, uuid5

import uuid_utils

_NAMESPACE = UUID("6f1d0c1e-2b0a-5c55-9d4e-7a3f0b7c1e11")


def new_id() -> UUID:
    """A UUIDv7: opaque, and close in time means close in the index."""
    return UUID(bytes=uuid_utils.uuid7().bytes)


def derived_id(cause: UUID, name: str) -> UUID:
    """The UUIDv5 of `name` under `cause`: a redo of the same cause gives the same id."""
    return uuid5(cause, name)


def named_id(kind: str, name: str) -> UUID:
    """The id of a thing that the operator names: `named_id("clinic", "larkspur")` is the same in every service."""
    return uuid5(_NAMESPACE, f"{kind}:{name}")
