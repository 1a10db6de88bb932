"""Looking through the chain for what was edited or removed, a portion at a time, for an operator."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query, Response
from pydantic import BaseModel

from shared.audit.chain import BEFORE_ALL, COLUMNS, Head, breaks
from shared.db.unit_of_work import UnitOfWork
from shared.http import Reading, problems, reading
from shared.service import Service

_MOST = 5000
_PORTION = f"SELECT number, digest, {', '.join(COLUMNS)} FROM audit WHERE number > $1 ORDER BY number LIMIT $2"  # noqa: S608  constants
_ONE = "SELECT number, digest FROM audit WHERE number = $1"
_END = "SELECT number, digest, (SELECT count(*) FROM audit WHERE number IS NULL) AS unchained FROM audit_head"
Looking = Annotated[Reading, Depends(reading("operator"))]


class BreakView(BaseModel):
    """Rows `first` to `last` by number: `EDITED` after they were chained, or `MISSING`."""

    first: int
    last: int
    why: Literal["EDITED", "MISSING"]


class ChainView(BaseModel):
    """What a look at rows `after` + 1 to `through` found. `next` is where the next look begins, null at the end.

    `head` is the number of the chain's last row and `digest` what stands at `through`, in hexadecimal; `unchained` rows
    were committed within the last second or so and are chained by the worker.
    """

    service: str
    after: int
    through: int
    rows: int
    breaks: list[BreakView]
    digest: str | None = None
    head: int
    unchained: int
    next: int | None = None


def audit_router(service: Service) -> APIRouter:
    """The operator's look through the audit chain."""
    router = APIRouter(prefix="/v1/operations", tags=["operations"])

    @router.get("/audit-chain", operation_id="checkAuditChain", response_model=ChainView, responses=problems())
    async def check_audit_chain(
        look: Looking,
        after: Annotated[int, Query(ge=0, description="number of the row before the first looked at")] = 0,
        limit: Annotated[int, Query(ge=1, le=_MOST)] = _MOST,
    ) -> Response:
        """Look whether audit rows are as they were written, none edited or removed (H.3). Role: operator."""

        async def view(uow: UnitOfWork) -> ChainView:
            if after == 0:
                await uow.audit("operate", "audit_chain", service.name)
            return await look_through(service, after, limit)

        return await look.run(view)

    return router


async def look_through(service: Service, after: int, limit: int) -> ChainView:
    """Check at most `limit` rows behind number `after`; the last portion also checks where the chain ends."""
    pool = await service.database.pool()
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        end = await connection.fetchrow(_END)
        before = BEFORE_ALL if after == 0 else _head(await connection.fetchrow(_ONE, after))
        rows = await connection.fetch(_PORTION, after, limit)
    last, full = rows[-1]["number"] if rows else after, len(rows) == limit
    found = breaks(_key(service), before, after, rows, None if full else Head(end["number"], end["digest"]))
    return ChainView(
        service=service.name, after=after, through=last, rows=len(rows), head=end["number"],
        breaks=[BreakView(first=one.first, last=one.last, why=one.why) for one in found],
        digest=rows[-1]["digest"].hex() if rows else None, unchained=end["unchained"], next=last if full else None,
    )  # fmt: skip


def _head(row: Any) -> Head | None:
    return Head(*row) if row else None


def _key(service: Service) -> bytes:
    return service.settings.index_key.get_secret_value()
