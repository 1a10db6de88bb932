"""The running services as the command line calls them: JSON over HTTP with one token."""

from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from typing import Any, Self
from uuid import uuid4

import httpx

Json = dict[str, Any]


class Refused(Exception):
    """A service answered with a problem document; the text is its detail and fields, `code` its code."""

    def __init__(self, service: str, problem: Json) -> None:
        self.service, self.code = service, str(problem.get("code", "UNKNOWN"))
        self.params: Json = problem.get("params", {})
        fields = [f"{e['pointer']} {e.get('detail') or e['code']}" for e in problem.get("errors", ())]
        roles = self.params.get("roles")
        more = f" Roles: {', '.join(roles)}." if roles else ""
        super().__init__("; ".join([f"{service}: {problem.get('detail', self.code)}{more}", *fields]))


class Unreachable(Exception):
    """No service answers at the address; the text names it."""


class Services:
    """Clients of the services by name. `urls` are base addresses without a path of `/v1`."""

    def __init__(self, clients: Mapping[str, httpx.AsyncClient]) -> None:
        self._clients = clients

    @classmethod
    def at(cls, urls: Mapping[str, str], token: str) -> Self:
        """Clients over the network."""
        headers = {"Authorization": f"Bearer {token}"}
        return cls({name: httpx.AsyncClient(base_url=url, headers=headers, timeout=60.0) for name, url in urls.items()})

    @property
    def names(self) -> list[str]:
        return list(self._clients)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        async with AsyncExitStack() as stack:
            for client in self._clients.values():
                stack.push_async_callback(client.aclose)

    async def get(self, name: str, path: str, **query: str) -> Json:
        """Read. Raises Refused, Unreachable."""
        return await self._send(name, "GET", path, params=query)

    async def post(self, name: str, path: str, body: Json | None = None) -> Json:
        """Act once, under a key of its own. Raises Refused, Unreachable."""
        return await self._send(name, "POST", path, json=body, headers={"Idempotency-Key": str(uuid4())})

    async def items(self, name: str, path: str) -> AsyncIterator[Json]:
        """Every item of a list, page by page. Raises Refused, Unreachable."""
        query: dict[str, str] = {"limit": "200"}
        while True:
            page = await self.get(name, path, **query)
            for item in page["items"]:
                yield item
            if not page.get("next_cursor"):
                return
            query["cursor"] = page["next_cursor"]

    async def _send(self, name: str, method: str, path: str, **more: Any) -> Json:
        client = self._clients[name]
        try:
            response = await client.request(method, path, **more)
        except httpx.HTTPError:
            raise Unreachable(
                f"nothing answers at {client.base_url}: start it with `stillwater up`, or set STILLWATER_URL"
            ) from None
        answer = _json(response)
        if response.status_code >= 400 or answer is None:
            raise Refused(name, answer or {"detail": f"answered {response.status_code} without JSON"})
        return answer


def _json(response: httpx.Response) -> Json | None:
    if not response.content:
        return {}
    try:
        answer = response.json()
    except ValueError:
        return None
    return answer if isinstance(answer, dict) else None
