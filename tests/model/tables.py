"""The consumer's tables, and the statements on them. Each function is one SQL statement of `shared.messaging`."""

from typing import NamedTuple

from shared.messaging.streams import Taken
from shared.messaging.waiting import Why


class Waiting(NamedTuple):
    """A row of `waiting`."""

    seq: int
    why: Why
    overtook: bool = False


class Row(NamedTuple):
    """A row of `stream` with what waits behind it, and what a handler would have written for its events.

    `effects` in the order of their commits; `gone` was discarded; `late`: stop facts that did not apply on arrival.
    """

    taken: int = 0
    known: int = 0
    parked: bool = False
    waiting: tuple[Waiting, ...] = ()
    effects: tuple[int, ...] = ()
    gone: tuple[int, ...] = ()
    late: tuple[int, ...] = ()


def take(row: Row, seq: int) -> tuple[Row, Taken | None]:
    """streams._TAKE"""
    if row.taken >= seq:
        return row, None
    heard = row.known >= seq
    row = row._replace(taken=seq if row.taken == seq - 1 else row.taken, known=max(row.known, seq))
    return row, Taken(row.taken == seq, row.parked, row.known > row.taken, heard)


def pass_over(row: Row, seq: int) -> tuple[Row, bool]:
    """streams._ADVANCE; whether something is stored behind it."""
    row = row._replace(taken=max(row.taken, seq), known=max(row.known, seq))
    return row, row.known > row.taken


def park(row: Row) -> Row:
    """streams._PARK"""
    return row._replace(parked=True)


def clear_if_empty(row: Row) -> Row:
    """streams._CLEAR"""
    return row if head(row) else row._replace(parked=False)


def store(row: Row, stored: Waiting) -> tuple[Row, bool]:
    """waiting._STORE; whether it was not there yet."""
    if read(row, stored.seq):
        return row, False
    return row._replace(waiting=tuple(sorted((*row.waiting, stored)))), True


def change(row: Row, seq: int, why: Why) -> Row:
    """waiting._SET"""
    return row._replace(waiting=tuple(w._replace(why=why) if w.seq == seq else w for w in row.waiting))


def remove(row: Row, seq: int) -> Row:
    """waiting._DELETE"""
    return row._replace(waiting=tuple(w for w in row.waiting if w.seq != seq))


def read(row: Row, seq: int) -> Waiting | None:
    """waiting._READ"""
    return next((w for w in row.waiting if w.seq == seq), None)


def head(row: Row) -> Waiting | None:
    """waiting._HEAD"""
    return next((w for w in row.waiting if w.why != "gap"), None)


def next_ready(row: Row) -> Waiting | None:
    """waiting._NEXT_READY"""
    first = head(row)
    for stored in row.waiting:
        if stored.why == "gap" and stored.seq <= row.taken + 1:
            return stored
        if stored.why == "queued" and stored == first:
            return stored
    return None
