"""A server that takes pages over HTTP, as an answering service does."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Webhook:
    """`url = await webhook.start()`; the path of a page says what happens to it, and what was taken stands in `pages`.

    /STATUS is answered with that status, /broken is taken without an answer, /silent is never answered.
    """

    pages: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    _server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._answer, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lines = {name.lower(): value for name, _, value in (line.partition(": ") for line in head.splitlines()[1:])}
        what = head.split(" ")[1].strip("/")
        self.pages.append(json.loads(await reader.readexactly(int(lines["content-length"]))))
        self.keys.append(lines["idempotency-key"])
        if what == "silent":
            await reader.read()
        elif what != "broken":
            writer.write(f"HTTP/1.1 {what} Told\r\nContent-Length: 0\r\nConnection: close\r\n\r\n".encode())
            await writer.drain()
        writer.close()
