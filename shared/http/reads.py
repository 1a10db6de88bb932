"""Routes that read: authorised, as fresh as the caller asks, audited in one transaction."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from shared.caller import Caller
from shared.db.unit_of_work import Position, UnitOfWork
from shared.http.answer import answer_of
from shared.http.call import Call, allowed, authenticated, public_call
from shared.http.headers import positions

T = TypeVar("T")
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

    def __init__(self, call: Call, after: tuple[Position, ...], *, read_model: bool = False) -> None:
        self._call, self._after, self._read_model = call, after, read_model

    @property
    def caller(self) -> Caller:
        return self._call.caller

    async def run(self, query: Callable[[UnitOfWork], Awaitable[BaseModel]], *, status: int = 200) -> Response:
        """Run the query in one unit of work, which commits its audit rows, and answer with its view."""
        return answer_of(await self.look(query), status).response()

    async def look(self, query: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Run the query the same way for an answer that is no view."""
        async with self._call.denials_audited():
            await self._call.fresh(self._after, read_model=self._read_model)
            async with self._call.unit_of_work() as uow:
                return await query(uow)


def reading(
    *roles: str, patient: bool = False, proxy: str | None = None, limit: str | None = None, read_model: bool = False
) -> Callable[..., Awaitable[Reading]]:  # fmt: skip
    """The dependency of a route that reads: a token with one of `roles` at any clinic, or a patient's if `patient`.

    `limit` (such as `30/minute`) counts calls per caller. With `read_model` the answer is made of what the service's
    read models know, and Stillwater-After waits for those. Raises UNAUTHENTICATED, TOKEN_EXPIRED, FORBIDDEN,
    RATE_LIMITED.
    """

    async def dependency(
        request: Request, call: Annotated[Call, Depends(authenticated)], after: After = None
    ) -> Reading:  # fmt: skip
        await allowed(request, call, roles, patient, limit, proxy)
        return Reading(call, positions(after), read_model=read_model)

    return dependency


def public_reading(limit: str = "60/minute") -> Callable[..., Awaitable[Reading]]:
    """The dependency of a public route that reads, with `{organisation}` (a slug) in its path. Raises RATE_LIMITED."""

    async def dependency(request: Request) -> Reading:
        return Reading(public_call(request, limit), ())

    return dependency
