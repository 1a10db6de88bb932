"""Routes that read: authorised, as fresh as the caller asks, audited in one transaction."""

from collections.abc import Awaitable, Callable
from typing import Annotated

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from shared.caller import Caller
from shared.db.unit_of_work import Position, UnitOfWork
from shared.http.answer import answer_of
from shared.http.call import Call, allowed, authenticated
from shared.http.headers import positions

After = Annotated[
    str | SkipJsonSchema[None],
    Header(
        alias="Stillwater-After",
        description="A Stillwater-Event that was answered before: waits until this service knows it (409 after 2 s).",
        examples=["intake/018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11/3"],
    ),
]


class Reading:
    """One authorised read."""

    def __init__(self, call: Call, after: tuple[Position, ...]) -> None:
        self._call = call
        self._after = after

    @property
    def caller(self) -> Caller:
        return self._call.caller

    async def run(self, query: Callable[[UnitOfWork], Awaitable[BaseModel]], *, status: int = 200) -> Response:
        """Run the query in one unit of work, which commits its audit rows, and answer with its view."""
        async with self._call.denials_audited():
            await self._call.fresh(self._after)
            async with self._call.unit_of_work() as uow:
                view = await query(uow)
        return answer_of(view, status).response()


def reading(
    *roles: str, patient: bool = False, limit: str | None = None
) -> Callable[..., Awaitable[Reading]]:  # fmt: skip
    """The dependency of a route that reads: a token with one of `roles` at any clinic, or a patient's if `patient`.

    `limit` (such as `30/minute`) counts calls per caller. Raises UNAUTHENTICATED, TOKEN_EXPIRED, FORBIDDEN,
    RATE_LIMITED.
    """

    async def dependency(
        request: Request, call: Annotated[Call, Depends(authenticated)], after: After = None
    ) -> Reading:  # fmt: skip
        await allowed(request, call, roles, patient, limit)
        return Reading(call, positions(after))

    return dependency
