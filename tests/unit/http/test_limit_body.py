"""A body that is announced too large is refused when it was read on for a while, so that a gateway hears the answer."""

from collections.abc import MutableMapping
from typing import Any

import pytest

from shared.http.middleware import MAX_BODY, LimitBody
from shared.ids import new_id

PIECE = b"x" * MAX_BODY
Message = MutableMapping[str, Any]


async def never(*_: Any) -> None:
    raise AssertionError("a body that is too large reaches nobody")


async def refused(announced: int, pieces: int, *headers: tuple[bytes, bytes], ends: bool = True) -> tuple[int, int]:
    """Status of the answer, and how many of `pieces` (1 MiB each) were read before it."""
    sent, read = list[Message](), 0

    async def receive() -> Message:
        nonlocal read
        assert not sent, "read after the answer"
        read += 1
        return {"type": "http.request", "body": PIECE, "more_body": read < pieces or not ends}

    async def send(message: Message) -> None:
        sent.append(message)

    fields = [(b"content-length", str(announced).encode()), *headers]
    scope = {"type": "http", "headers": fields, "state": {"correlation_id": new_id()}, "path": "/", "method": "POST"}
    await LimitBody(never)(scope, receive, send)
    return sent[0]["status"], read


@pytest.mark.parametrize(("pieces", "read"), [(1, 1), (3, 3), (8, 8), (50, 8)])
async def test_what_is_still_being_sent_is_read_up_to_a_bound(pieces: int, read: int) -> None:
    assert await refused(pieces * MAX_BODY + 1, pieces) == (413, read)


async def test_a_body_without_an_end_is_not_waited_for() -> None:
    assert await refused(10**12, 1, ends=False) == (413, 8)


async def test_who_asks_before_sending_is_answered_at_once() -> None:
    assert await refused(10**9, 1, (b"expect", b"100-continue")) == (413, 0)
