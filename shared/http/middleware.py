"""What every request passes: a correlation id, a size limit, no caching, and a last resort when something breaks."""

import asyncio
import re
from contextlib import suppress
from uuid import UUID

import structlog
from fastapi import HTTPException, Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.help import HelpFor
from shared.http.document import refusal
from shared.http.trouble import problem_of
from shared.ids import new_id
from shared.problems import INTERNAL, TOO_LARGE, Problem
from shared.runtime.logs import trouble

MAX_BODY = 1024 * 1024
_READ_ON, _READ_ON_SECONDS = 8 * MAX_BODY, 2.0
CORRELATION = "X-Correlation-Id"
_TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
_log = structlog.get_logger("shared.http")


class Correlate:
    """Gives a request its correlation id (the caller's if it is a UUID), the help that stands beside a refusal of it,
    and its answer `no-store`."""

    def __init__(self, app: ASGIApp, help_for: HelpFor | None = None) -> None:
        self.app, self._help_for = app, help_for

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        state = scope.setdefault("state", {})
        state["correlation_id"] = correlation_id = _uuid(headers.get(CORRELATION)) or new_id()
        state["traceparent"] = _traceparent(headers.get("traceparent"))
        state["help"] = self._help_for(scope["method"], scope["path"]) if self._help_for else None

        async def send_marked(message: Message) -> None:
            if message["type"] == "http.response.start":
                marked = MutableHeaders(scope=message)
                marked[CORRELATION] = str(correlation_id)
                marked.setdefault("Cache-Control", "no-store")
            await send(message)

        with structlog.contextvars.bound_contextvars(correlation_id=str(correlation_id)):
            return await self.app(scope, receive, send_marked)


def _uuid(text: str | None) -> UUID | None:
    try:
        return UUID(text) if text else None
    except ValueError:
        return None


def _traceparent(text: str | None) -> str | None:
    return text if text and _TRACEPARENT.fullmatch(text) else None


class LimitBody:
    """Refuses a body above 1 MiB, by its announced length or while it is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        headers = Headers(scope=scope)
        announced = headers.get("content-length", "")
        if announced.isdecimal() and int(announced) > MAX_BODY:
            if "expect" not in headers:
                await _read_on(receive)
            return await _refused(scope, TOO_LARGE(headers={"Connection": "close"}))(scope, receive, send)
        return await self.app(scope, _counting(receive), send)


async def _read_on(receive: Receive) -> None:
    """A gateway that is still writing takes a closed connection for a broken one, and answers 502 in our place."""
    left = _READ_ON
    with suppress(TimeoutError):
        async with asyncio.timeout(_READ_ON_SECONDS):
            more = True
            while more and left > 0:
                message = await receive()
                left -= len(message.get("body", b""))
                more = bool(message.get("more_body"))


def _counting(receive: Receive) -> Receive:
    size = 0

    async def counted() -> Message:
        nonlocal size
        message = await receive()
        size += len(message.get("body", b""))
        if size > MAX_BODY:
            raise HTTPException(TOO_LARGE.status)
        return message

    return counted


class LastResort:
    """Answers what nothing else did. An error's text may hold personal data: only its type and place are logged."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = begun or message["type"] == "http.response.start"
            await send(message)

        try:
            await self.app(scope, receive, watched)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await _refused(scope, _problem(error))(scope, receive, send)


def _refused(scope: Scope, problem: Problem) -> Response:
    return refusal(problem, scope["state"]["correlation_id"], scope["state"].get("help"))


def _problem(error: Exception) -> Problem:
    known = problem_of(error)
    if known is None:
        _log.error("request failed", **trouble(error))
        return INTERNAL()
    _log.warning("database trouble", code=known.kind.code, **trouble(error))
    return known
