"""Changes as server-sent events: in order, each once per stream, with a comment now and then that keeps it open."""

from collections.abc import AsyncIterator
from typing import Any

from fastapi.responses import StreamingResponse

from shared.caller import Caller
from shared.clock import monotonic
from shared.http.changefeed import Changes, read_changes
from shared.http.tide import Tide
from shared.service import Service

HEARTBEAT = 15.0  # seconds
LONGEST = 1800.0  # seconds; whoever wants more asks for a new ticket, and so shows a token that still holds
_BATCH = 100
MEDIA_TYPE = "text/event-stream"


def _event(name: str, at: int, data: str = "{}") -> str:
    return f"id: {at}\nevent: {name}\ndata: {data}\n\n"


EVENT_STREAM: dict[str, Any] = {
    "description": "Server-sent events",
    "content": {MEDIA_TYPE: {"schema": {"type": "string"}, "examples": {"begin": {"value": _event("begin", 4181)}}}},
}  # fmt: skip


def stream(service: Service, tide: Tide, caller: Caller, after: int | None) -> StreamingResponse:
    """The answer that tells the changes after an id (None: from now on) for at most 30 minutes."""
    return StreamingResponse(
        events(service, tide, caller, after), media_type=MEDIA_TYPE, headers={"X-Accel-Buffering": "no"}
    )


async def events(service: Service, tide: Tide, caller: Caller, after: int | None) -> AsyncIterator[str]:
    """The events as text. The first one says where the stream begins, so that a reader always holds an id."""
    begun = await read_changes(service, caller, after, _BATCH)
    at = begun.next if after is None or begun.reset else after
    yield _event("reset" if begun.reset else "begin", at)
    ends, beats = monotonic() + LONGEST, monotonic() + HEARTBEAT
    while monotonic() < ends:
        wait = max(min(ends, beats) - monotonic(), 0.0)
        if await tide.other_than(at, wait) != at:
            found = await read_changes(service, caller, at, _BATCH)
            for text in _told(found):
                yield text
            at, beats = found.next, monotonic() + HEARTBEAT if found.items else beats
        if monotonic() > beats:
            yield ": heartbeat\n\n"
            beats = monotonic() + HEARTBEAT


def _told(found: Changes) -> list[str]:
    if found.reset:
        return [_event("reset", found.next)]
    return [_event("change", change.id, change.model_dump_json()) for change in found.items]
