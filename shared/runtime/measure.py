"""Measures each request by its route template, and writes one log line for it; neither holds an id or a value."""

from time import perf_counter

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shared.runtime.metrics import HTTP_SECONDS

_UNMEASURED = ("/live", "/ready", "/metrics")
_log = structlog.get_logger("shared.http")


class Measure:
    """Outermost middleware of a service's API."""

    def __init__(self, app: ASGIApp, service_name: str) -> None:
        self.app, self._service = app, service_name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        status = 500

        async def watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        begun = perf_counter()
        with structlog.contextvars.bound_contextvars(service=self._service):
            try:
                await self.app(scope, receive, watched)
            finally:
                self._note(scope, status, perf_counter() - begun)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        route = getattr(scope.get("route"), "path", "unmatched")
        if route in _UNMEASURED:
            return
        method = scope["method"] if route != "unmatched" else "other"
        HTTP_SECONDS.labels(self._service, method, route, status).observe(seconds)
        correlation = str(scope.get("state", {}).get("correlation_id", ""))
        ms = round(seconds * 1000, 1)
        _log.info("request", method=method, route=route, status=status, ms=ms, correlation_id=correlation)
