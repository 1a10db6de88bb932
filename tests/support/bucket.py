"""A server that keeps files as S3 does: over HTTP, in the bucket `papers`, only for requests that are signed right."""

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qsl, unquote

from shared.filestore.sigv4 import Credentials, Unsigned, signed_headers

ACCESS_KEY, SECRET_KEY, REGION = "AKTEST", "a secret for tests", "us-west-2"


@dataclass
class Bucket:
    """`origin = await bucket.start()`; what is kept stands in `files`, by path behind the bucket's name."""

    files: dict[str, bytes] = field(default_factory=dict)
    _server: asyncio.Server | None = None

    async def start(self) -> str:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        return f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        first, *lines = head.splitlines()
        method, target, _ = first.split(" ")
        headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
        body = await reader.readexactly(int(headers.get("content-length", "0")))
        path, _, query = target.partition("?")
        request = Unsigned(method, headers["host"], unquote(path), dict(parse_qsl(query)), {}, body)
        status, content = self._answer(request) if _signed(request, headers) else ("403 Forbidden", b"")
        writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(content)}\r\nConnection: close\r\n\r\n".encode())
        writer.write(content)
        await writer.drain()
        writer.close()

    def _answer(self, request: Unsigned) -> tuple[str, bytes]:
        bucket, _, name = request.path.removeprefix("/").partition("/")
        if bucket != "papers":
            return "404 Not Found", b""
        if not name:
            found = sorted(file for file in self.files if file.startswith(request.query["prefix"]))
            keys = "".join(f"<Contents><Key>{file}</Key><Size>1</Size></Contents>" for file in found)
            return "200 OK", f"<ListBucketResult><Name>papers</Name>{keys}</ListBucketResult>".encode()
        if request.method == "PUT":
            self.files[name] = request.body
            return "200 OK", b""
        if request.method == "DELETE":
            self.files.pop(name, None)
            return "204 No Content", b""
        return ("200 OK", self.files[name]) if name in self.files else ("404 Not Found", b"")


def _signed(request: Unsigned, headers: dict[str, str]) -> bool:
    """Whether the signature is what the secret makes of this very request, at a time that is now."""
    at = datetime.strptime(headers["x-amz-date"], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    expected = signed_headers(request, Credentials(ACCESS_KEY, SECRET_KEY, REGION), at)
    fresh = abs((datetime.now(UTC) - at).total_seconds()) < 900
    return fresh and headers["authorization"] == expected["authorization"]
