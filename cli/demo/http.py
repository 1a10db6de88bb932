"""How the story speaks to the house: HTTP with keys that repeat, facts that are waited for, and refusals that are read.

Every act has an Idempotency-Key made from the story's id and the act's name, and its body is made of earlier answers
only: the same act sent again, after any interruption, is the same request and gets the same answer.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid5

import httpx

from shared.clock import monotonic

T = TypeVar("T")
Json = dict[str, Any]
_PAUSE = 0.1  # seconds
_COMES_BACK = (502, 503, 504)


class StepFailed(Exception):
    """A step of the story did not happen. Names the call and the problem code, never a personal value."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the house said: status, body, and the version in its ETag."""

    status: int
    body: Json
    version: int | None

    @property
    def code(self) -> str:
        """The problem code of a refusal; empty when it was none."""
        return str(self.body.get("code", self.status)) if self.status >= 400 else ""

    @property
    def may_still_come(self) -> bool:
        """Whether the same request may succeed later."""
        return self.status in _COMES_BACK or bool(self.status >= 400 and self.body.get("retryable"))

    def __getitem__(self, name: str) -> Any:
        return self.body[name]


@dataclass
class House:
    """A running house as its clients see it: `urls` are base addresses by service.

    `patience` is how long a call is repeated while the house is away or has not heard of something yet, in seconds.
    """

    http: httpx.AsyncClient
    urls: Mapping[str, str]
    story: UUID
    patience: float = 30.0
    _heard: dict[tuple[str, str], int] = field(default_factory=dict)

    async def get(self, service: str, path: str, token: str) -> Answer:
        """Read. Raises StepFailed when it is refused."""
        return _agreed(await self._send("GET", service, path, self._headers(token, path)), f"GET {path}")

    async def post(
        self, service: str, path: str, act: str, body: Json, token: str | None = None, *, version: int | None = None
    ) -> Answer:
        """Act; `act` names it within the story, `version` is If-Match. Raises StepFailed when it is refused."""
        return _agreed(await self.attempt(service, path, act, body, token, version=version), act)

    async def attempt(
        self, service: str, path: str, act: str, body: Json, token: str | None = None, *, version: int | None = None
    ) -> Answer:
        """Act, where a refusal is an answer like others."""
        headers = self._headers(token, path + str(body)) | {"Idempotency-Key": str(uuid5(self.story, act))}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self._send("POST", service, path, headers, body)

    async def until(self, what: str, look: Callable[[], Awaitable[T | None]]) -> T:
        """Look again and again until there is something. Raises StepFailed when patience ends."""
        deadline = monotonic() + self.patience
        while True:
            found = await look()
            if found is not None:
                return found
            if monotonic() > deadline:
                raise StepFailed(f"{what}: not seen within {self.patience:.0f} s")
            await asyncio.sleep(_PAUSE)

    def _headers(self, token: str | None, request: str) -> dict[str, str]:
        """A request about a patient asks for an answer that knows all that this story did for that patient."""
        after = ", ".join(f"{service}/{key}/{seq}" for (service, key), seq in self._heard.items() if key in request)
        return ({"Authorization": f"Bearer {token}"} if token else {}) | ({"Stillwater-After": after} if after else {})

    async def _send(self, method: str, service: str, path: str, headers: dict[str, str], body: Any = None) -> Answer:
        deadline = monotonic() + self.patience
        while True:
            answer = await self._once(method, self.urls[service] + path, headers, body)
            if answer is not None and not answer.may_still_come:
                return answer
            if monotonic() > deadline:
                raise StepFailed(f"{method} {service}{path}: {answer.code if answer else 'no answer'}")
            await asyncio.sleep(_PAUSE)

    async def _once(self, method: str, url: str, headers: dict[str, str], body: Any) -> Answer | None:
        try:
            response = await self.http.request(method, url, headers=headers, json=body)
        except httpx.TransportError:
            return None
        self._remember(response.headers.get("Stillwater-Event", ""))
        tag = response.headers.get("ETag", "").strip('"')
        content = response.json() if response.content else {}
        return Answer(response.status_code, content, int(tag) if tag.isdecimal() else None)

    def _remember(self, positions: str) -> None:
        for position in filter(None, positions.split(", ")):
            service, key, sequence = position.split("/")
            self._heard[service, key] = max(self._heard.get((service, key), 0), int(sequence))


def _agreed(answer: Answer, what: str) -> Answer:
    if answer.status >= 400:
        wrong = ", ".join(f"{error['pointer']} {error['code']}" for error in answer.body.get("errors", ()))
        raise StepFailed(f"{what}: {answer.status} {answer.code} {wrong}".rstrip())
    return answer
