"""An open loop: requests leave when they are due, however long others take, and are timed from that moment.

A client of its own, since a common one costs as much as the server that is measured. What a benchmark has prepared is
kept from this process's collector, whose walks over it were up to 0.3 s of what was measured.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Any

from shared.clock import monotonic
from shared.runtime.serve import freeze_memory

WARM = 20
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Client:
    """Asks one address, in JSON, over connections that are kept."""

    def __init__(self, port: int, headers: Mapping[str, str]) -> None:
        self.port, self._given = port, dict(headers)
        self._headers = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        self._idle: list[_Connection] = []

    def as_somebody(self, token: str) -> "Client":
        """The same address, with another token and connections of its own."""
        return Client(self.port, self._given | {"Authorization": f"Bearer {token}"})

    async def get(self, path: str) -> Any:
        """The answer's document. Raises RuntimeError on any problem."""
        head = f"GET {path} HTTP/1.1\r\nHost: bench\r\n{self._headers}\r\n"
        status, answer = await self._exchange(head.encode())
        if " 200" not in status:
            raise RuntimeError(f"{path} answered {status} {answer.decode()}")
        return json.loads(answer)

    async def post(self, path: str, document: Any, key: str) -> Any:
        """The answer's document; None when the service cannot now. Raises RuntimeError on any other problem."""
        body = json.dumps(document).encode()
        head = (
            f"POST {path} HTTP/1.1\r\nHost: bench\r\n{self._headers}Idempotency-Key: {key}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        status, answer = await self._exchange(head.encode() + body)
        if " 503 " in status:
            return None
        if " 20" not in status:
            raise RuntimeError(f"{path} answered {status} {answer.decode()}")
        return json.loads(answer)

    async def _exchange(self, request: bytes) -> tuple[str, bytes]:
        """Status line and body. What a kept connection did not bear is sent anew: its key makes it one act."""
        if self._idle:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                return await self._ask(self._idle.pop(), request)
        return await self._ask(await asyncio.open_connection("127.0.0.1", self.port), request)

    async def _ask(self, connection: _Connection, request: bytes) -> tuple[str, bytes]:
        reader, writer = connection
        writer.write(request)
        status, *lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
        fields = dict(line.lower().split(": ", 1) for line in lines if line)
        answer = await reader.readexactly(int(fields.get("content-length", 0)))
        self._idle.append(connection)
        return status, answer

    async def close(self) -> None:
        for _, writer in self._idle:
            writer.close()


async def in_turn(count: int, send: Callable[[int], Awaitable[Any]]) -> list[float]:
    """Seconds of requests one after the other, the first few left out."""
    freeze_memory()
    took = []
    for number in range(WARM + count):
        began = monotonic()
        await send(number)
        took.append(monotonic() - began)
    return took[WARM:]


async def drive(rate: float, seconds: float, send: Callable[[int], Awaitable[Any]]) -> list[tuple[float, float, Any]]:
    """Send `rate` requests a second; returns for each when it was due, when it was answered, and its answer."""
    freeze_memory()
    began = monotonic()

    async def one(number: int) -> tuple[float, float, Any]:
        answer = await send(number)
        return began + number / rate, monotonic(), answer

    sent = []
    for number in range(int(rate * seconds)):
        await asyncio.sleep(max(0.0, began + number / rate - monotonic()))
        sent.append(asyncio.create_task(one(number)))
    return list(await asyncio.gather(*sent))
