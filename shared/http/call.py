"""One request as the machinery sees it: who calls, on what service, under which correlation id."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from shared.aliases import person_ids
from shared.auth.tokens import Expired, TokenVerifier, unauthenticated
from shared.caller import Caller
from shared.db.unit_of_work import Position, UnitOfWork, unit_of_work
from shared.http.freshness import wait_for, wait_for_read_models
from shared.http.guards import Denied, was_denied
from shared.http.ratelimit import limit_rate
from shared.ids import named_id
from shared.problems import FORBIDDEN, NOT_FOUND, Problem
from shared.service import Service

_bearer = HTTPBearer(
    scheme_name="bearer", bearerFormat="JWT", auto_error=False, description="A staff or patient token."
)
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


@dataclass(frozen=True, slots=True)
class Call:
    """What one request is made with. `operation` is the route's stable operation id.

    `hears` says whom the service's commands hear, `projects` whom its read models hear.
    """

    service: Service
    hears: frozenset[str]
    projects: frozenset[str]
    caller: Caller
    correlation_id: UUID
    traceparent: str | None
    source: str | None
    operation: str
    patient_id: UUID | None

    @asynccontextmanager
    async def unit_of_work(self) -> AsyncIterator[UnitOfWork]:
        """A unit of work of this request; a patient in it is known under all merged ids."""
        async with unit_of_work(
            self.service, self.caller, correlation_id=self.correlation_id, traceparent=self.traceparent,
            source=self.source,
        ) as uow:  # fmt: skip
            if self.caller.patient_id is not None:
                uow.caller = replace(self.caller, also_known_as=await person_ids(uow, self.caller.patient_id))
            yield uow

    @asynccontextmanager
    async def denials_audited(self) -> AsyncIterator[None]:
        """Whoever is refused in here because of who they are leaves an audit row of its own transaction."""
        try:
            yield
        except Problem as problem:
            if was_denied(problem):
                await self.audit_denial(problem.kind.code)
            raise

    async def fresh(self, after: Sequence[Position], *, read_model: bool = False) -> None:
        """Wait until the service (or its read models) knows what the caller has seen. Raises NOT_YET_KNOWN."""
        if read_model:
            await wait_for_read_models(self.service, self.projects, after)
        else:
            await wait_for(self.service, self.hears, after)

    async def audit_denial(self, code: str) -> None:
        """Write down that this caller was refused."""
        async with self.unit_of_work() as uow:
            await uow.audit(
                "fail", "operation", self.operation, patient_id=self.patient_id, reason=code, outcome="denied"
            )


def call_of(request: Request, caller: Caller) -> Call:
    """The request as a Call of `caller`."""
    route = request.scope["route"]
    return Call(
        service=request.app.state.service, hears=request.app.state.hears,
        projects=request.app.state.projects, caller=caller,
        correlation_id=request.state.correlation_id,
        traceparent=request.state.traceparent, source=request.client.host if request.client else None,
        operation=route.operation_id or f"{request.method} {route.path}",
        patient_id=_uuid(request.path_params.get("patient_id")),
    )  # fmt: skip


def public_call(request: Request, limit: str) -> Call:
    """The call of anybody on a public route with `{organisation}` (a slug) in its path. Raises RATE_LIMITED."""
    organisation = named_id("organisation", request.path_params["organisation"])
    call = call_of(request, Caller("public", "public", organisation))
    limit_rate(request, limit, call.operation, call.source or "")
    return call


async def authenticated(request: Request, credentials: Credentials) -> Call:
    """The call of the bearer token's owner. Raises UNAUTHENTICATED, TOKEN_EXPIRED."""
    if credentials is None:
        raise unauthenticated()
    try:
        return call_of(request, await _verifier(request).caller(credentials.credentials))
    except Expired as expired:
        await call_of(request, expired.caller).audit_denial(expired.kind.code)
        raise


async def allowed(
    request: Request, call: Call, roles: tuple[str, ...], patient: bool, limit: str | None, proxy: str | None = None
) -> None:
    """Refuse a caller that has none of the roles, a patient on another's path, a proxy beyond its scope, many calls."""
    async with call.denials_audited():
        if call.caller.kind == "patient":
            _require_self(call, patient)
            _require_scope(call, proxy)
        elif not call.caller.may(None, *roles):
            raise Denied(FORBIDDEN, roles)
    if limit is not None:
        limit_rate(request, limit, call.operation, f"{call.caller.organisation_id}/{call.caller.subject}")


def _require_self(call: Call, patient: bool) -> None:
    if not patient:
        raise Denied(FORBIDDEN)
    if call.patient_id not in (None, call.caller.patient_id):
        raise Denied(NOT_FOUND)


def _require_scope(call: Call, scope: str | None) -> None:
    """A proxy gets only what a route opens to its scope; without one a route is closed to proxies."""
    if call.caller.proxy_scope is not None and scope not in call.caller.proxy_scope:
        raise Denied(FORBIDDEN)


def _verifier(request: Request) -> TokenVerifier:
    state = request.app.state
    if not hasattr(state, "token_verifier"):
        state.token_verifier = TokenVerifier(state.service.settings)
    verifier: TokenVerifier = state.token_verifier
    return verifier


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None
