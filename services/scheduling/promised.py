"""Columns that may be empty in general but not in the state that a row is in."""

from typing import TypeVar

T = TypeVar("T")


class BrokenRow(Exception):
    """A row lacks what its state promises: a bug, never the caller's fault."""


def promised(value: T | None, what: str) -> T:
    """The value. Raises BrokenRow, naming the column."""
    if value is None:
        raise BrokenRow(what)
    return value
