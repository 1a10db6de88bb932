"""Routes that act: authorised, idempotent, one unit of work, and an answer that says which events it wrote."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, TypeVar
from uuid import UUID

from fastapi import Depends, Header, Request, Response
from pydantic import BaseModel
from pydantic.json_schema import SkipJsonSchema

from shared.caller import Caller
from shared.db.unit_of_work import Position, UnitOfWork
from shared.http.answer import Answer, answer_of
from shared.http.call import Call, allowed, authenticated, public_call
from shared.http.headers import expected_version, idempotency_key, positions
from shared.http.idempotency import Attempt, canonical_request
from shared.http.reads import After
from shared.ids import named_id

T = TypeVar("T")
Command = Callable[[UnitOfWork], Awaitable[BaseModel | None]]
Key = Annotated[
    str | SkipJsonSchema[None],
    Header(
        alias="Idempotency-Key",
        description="New for every act, the same for every repetition of it: 1 to 200 visible ASCII characters.",
        examples=["018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11"],
    ),
]
IfMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(alias="If-Match", description="The ETag that was last read; needed by changes.", examples=['"7"']),
]


@dataclass(frozen=True)
class Acting:
    """One authorised act. `clinic_id` is set on public routes that name a clinic."""

    _call: Call
    _attempt: Attempt
    _after: tuple[Position, ...] = ()
    _if_match: str | None = None
    clinic_id: UUID | None = None

    @property
    def caller(self) -> Caller:
        return self._call.caller

    @property
    def expected_version(self) -> int:
        """The version in If-Match. Raises VERSION_REQUIRED, HEADER_INVALID."""
        return expected_version(self._if_match)

    async def run(self, command: Command, *, status: int = 200) -> Response:
        """Run the command once per Idempotency-Key and answer with its view (None: an empty answer, status 204).

        A repetition answers the same with `Idempotency-Replayed: true`. Nothing of a refused command is kept.
        """
        async with self._call.denials_audited():
            await self._call.fresh(self._after)
            async with self._call.unit_of_work() as uow:
                earlier = await self._attempt.begin(uow)
                answer = earlier or await self._first(uow, command, status)
        return answer.response(**({"Idempotency-Replayed": "true"} if earlier else {}))

    async def look(self, query: Callable[[UnitOfWork], Awaitable[T]]) -> T:
        """Ask before the act, in a unit of work of its own, whether it may happen and what it needs from outside."""
        async with self._call.denials_audited():
            await self._call.fresh(self._after)
            async with self._call.unit_of_work() as uow:
                return await query(uow)

    async def _first(self, uow: UnitOfWork, command: Command, status: int) -> Answer:
        view = await command(uow)
        answer = answer_of(view, status if view is not None else 204, await uow.write_events())
        await self._attempt.finish(uow, answer)
        return answer


def acting(
    *roles: str, patient: bool = False, proxy: str | None = None, limit: str | None = None
) -> Callable[..., Awaitable[Acting]]:
    """The dependency of a route that acts: a token with one of `roles` at any clinic, or a patient's if `patient`.

    A patient's proxy needs the scope `proxy` (`forms`, `booking`); a route that names none is closed to proxies.

    Needs Idempotency-Key. `limit` (such as `30/minute`) counts calls per caller. Raises UNAUTHENTICATED, TOKEN_EXPIRED,
    FORBIDDEN, IDEMPOTENCY_KEY_REQUIRED, RATE_LIMITED.
    """

    async def dependency(
        request: Request, call: Annotated[Call, Depends(authenticated)], key: Key = None, if_match: IfMatch = None,
        after: After = None,
    ) -> Acting:  # fmt: skip
        await allowed(request, call, roles, patient, limit, proxy)
        request.state.let_in = call
        return Acting(call, await _attempt(request, call, key), positions(after), if_match)

    return dependency


def public_acting(limit: str = "10/minute") -> Callable[..., Awaitable[Acting]]:
    """The dependency of a public route with `{organisation}` and perhaps `{clinic}` (slugs) in its path.

    Needs Idempotency-Key; `limit` counts calls per client address. Raises IDEMPOTENCY_KEY_REQUIRED, RATE_LIMITED.
    """

    async def dependency(request: Request, key: Key = None) -> Acting:
        organisation, clinic = request.path_params["organisation"], request.path_params.get("clinic")
        call = public_call(request, limit)
        clinic_id = named_id("clinic", f"{organisation}/{clinic}") if clinic else None
        return Acting(call, await _attempt(request, call, key), clinic_id=clinic_id)

    return dependency


async def _attempt(request: Request, call: Call, key: str | None) -> Attempt:
    same = canonical_request(request.path_params, request.url.query, await request.body())
    return Attempt(call.operation, idempotency_key(key), same)
