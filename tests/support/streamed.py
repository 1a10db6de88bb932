"""Server-sent events as a reader gets them."""

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx

Told = tuple[str, int, Any]


async def events_of(answer: httpx.Response) -> AsyncIterator[Told]:
    """(event, id, data) of each server-sent event; a comment is ("comment", 0, its text)."""
    fields: dict[str, str] = {}
    async for line in answer.aiter_lines():
        if line.startswith(":"):
            yield "comment", 0, line[1:].strip()
        elif line:
            name, _, value = line.partition(": ")
            fields[name] = value
        elif fields:
            yield fields["event"], int(fields["id"]), json.loads(fields["data"])
            fields = {}
