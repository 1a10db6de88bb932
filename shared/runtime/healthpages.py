"""What health tells, as all that a process answers: a worker has no other routes, and no web framework for three."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from shared.runtime.health import Look, Told

if TYPE_CHECKING:
    from starlette.types import Receive, Scope, Send

_ONLY_READ = Told(405, b'{"status":"only to be read"}', "application/json")


class HealthPages:
    """An ASGI application that answers GET and HEAD with a look for each path."""

    def __init__(self, looks: Mapping[str, Look]) -> None:
        self._looks = looks
        self._elsewhere = Told(404, b'{"status":"there is only %s"}' % ", ".join(looks).encode(), "application/json")

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        else:
            await self._answer(scope["method"], scope["path"], send)

    async def _answer(self, method: str, path: str, send: "Send") -> None:
        told = await self._told(method, path)
        headers = [
            (b"content-type", told.media_type.encode()), (b"content-length", b"%d" % len(told.body)),
            (b"cache-control", b"no-store"),
        ]  # fmt: skip
        await send({"type": "http.response.start", "status": told.status, "headers": headers})
        await send({"type": "http.response.body", "body": b"" if method == "HEAD" else told.body})

    async def _told(self, method: str, path: str) -> Told:
        look = self._looks.get(path)
        if look is None:
            return self._elsewhere
        return await look() if method in ("GET", "HEAD") else _ONLY_READ


async def _lifespan(receive: "Receive", send: "Send") -> None:
    """Nothing is to be done at the start or the end."""
    for step in ("startup", "shutdown"):
        await receive()
        await send({"type": f"lifespan.{step}.complete"})
