"""How a route is asked for a page of its list."""

from typing import Annotated

from fastapi import Depends, Query

from shared.http.paging import Paging


async def _paging(
    limit: Annotated[int, Query(ge=1, le=200, description="at most so many items")] = 50,
    cursor: Annotated[str | None, Query(max_length=2000, description="`next_cursor` of the page before")] = None,
) -> Paging:
    return Paging(limit, cursor)


Pages = Annotated[Paging, Depends(_paging)]
