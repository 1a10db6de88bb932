"""Lists in pages: a keyset cursor that nobody can read, change, or use on another list.

after = paging.after(uow, "worklist", clinic_id)          # None, or the key of the last row shown, as texts
rows = await uow.sql("... WHERE ($2::text IS NULL OR (due_at, id) > ($2::text::timestamptz, $3::text::uuid))"
                     " ORDER BY due_at, id LIMIT $4", ..., *(after or (None, None)), paging.fetch)
return page(uow, items, paging, lambda item: (item.due_at, item.id), "worklist", clinic_id)
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from shared.db.unit_of_work import UnitOfWork
from shared.problems import problem_kind
from shared.sealing import CannotOpen

T = TypeVar("T")
CURSOR_INVALID = problem_kind(
    "CURSOR_INVALID", 400, "This cursor does not belong to this list", "Start again without a cursor."
)


class Page(BaseModel, Generic[T]):
    """A page of a list; `next_cursor` is absent on the last one."""

    items: list[T]
    next_cursor: str | None = Field(None, description="send it as `cursor` for the next page")


@dataclass(frozen=True, slots=True)
class Paging:
    """How much of a list was asked for, and after what."""

    limit: int
    cursor: str | None = None

    @property
    def fetch(self) -> int:
        """How many rows to read: one more than is shown, to know whether more follow."""
        return self.limit + 1

    def after(self, uow: UnitOfWork, *scope: object) -> tuple[str, ...] | None:
        """The key of the last row of the page before, as texts; None at the start.

        `scope` names the list and every filter. Raises CURSOR_INVALID for another list's or organisation's cursor.
        """
        if self.cursor is None:
            return None
        try:
            return tuple(json.loads(uow.service.keyring.open(_place(uow, scope), self.cursor)))
        except CannotOpen:
            raise CURSOR_INVALID() from None


def page(
    uow: UnitOfWork, items: Sequence[T], paging: Paging, key: Callable[[T], tuple[object, ...]], *scope: object
) -> Page[T]:
    """The page made of `paging.fetch` items that were read in the order of `key`; same `scope` as `paging.after`."""
    shown = list(items[: paging.limit])
    more = len(items) > paging.limit
    return Page(items=shown, next_cursor=_cursor(uow, key(shown[-1]), scope) if more else None)


def _cursor(uow: UnitOfWork, key: tuple[object, ...], scope: tuple[object, ...]) -> str:
    texts = [value.isoformat() if isinstance(value, datetime | date) else str(value) for value in key]
    return uow.service.keyring.seal("rest", _place(uow, scope), json.dumps(texts).encode())


def _place(uow: UnitOfWork, scope: tuple[object, ...]) -> str:
    return "cursor:" + json.dumps([str(uow.organisation_id), *map(str, scope)])
