"""The consumer's transactions. Each holds its stream row from its first statement on, so each is one step.

What PostgreSQL does is mirrored from `shared.messaging.applying` and `parking`; the decisions are the product's own.
"""

from typing import NamedTuple, assert_never

from shared.messaging import streams, waiting
from shared.messaging.streams import Refusal, Step, Taken
from shared.messaging.waiting import Turn
from tests.model import tables
from tests.model.tables import Row, Waiting


class Event(NamedTuple):
    """An event of a stream: "plain", "unheard" (nobody handles it), "poison" (refused until repaired) or "stop"."""

    stream: int
    seq: int
    kind: str = "plain"

    def __str__(self) -> str:
        return f"{'pq'[self.stream]}{self.seq}" + ("" if self.kind == "plain" else f"({self.kind})")

    @property
    def handled(self) -> bool:
        return self.kind != "unheard"

    @property
    def overtakes(self) -> bool:
        return self.kind == "stop"


class Transactions:
    """A row that comes back is committed; None: the handler refused, and everything was rolled back."""

    def apply(self, row: Row, event: Event, repaired: bool) -> Row | None:
        """What Subscriber.apply runs: a handler that leaves a trace."""
        if event.kind == "poison" and not repaired:
            return None
        return row._replace(effects=(*row.effects, event.seq))

    def deliver(self, row: Row, event: Event, repaired: bool) -> tuple[Row | None, bool]:
        """applying.deliver; also whether something stored may follow."""
        row, taken = tables.take(row, event.seq)
        stored_too = taken is not None and taken.next and taken.heard
        after = self.follow(row, event, taken, tables.read(row, event.seq) if stored_too else None, repaired)
        if after is not None and taken is not None and event.overtakes and event.seq not in after.effects:
            after = after._replace(late=(*after.late, event.seq))
        return after, taken is not None and taken.next and taken.more

    def follow(self, row: Row, event: Event, taken: Taken | None, copy: Waiting | None, repaired: bool) -> Row | None:
        applied = copy is not None and copy.overtook
        step = streams.decide(taken, handled=event.handled, overtakes=event.overtakes, applied=applied)
        after = self.do(row, event, step, repaired)
        return tables.remove(after, event.seq) if after is not None and copy is not None and step.ends else after

    def do(self, row: Row, event: Event, step: Step, repaired: bool) -> Row | None:
        match step:
            case Step.SKIP | Step.ADVANCE:
                return row
            case Step.APPLY:
                return self.apply(row, event, repaired)
            case Step.QUEUE:
                return self.queue(row, event)
            case Step.HOLD:
                return tables.store(row, Waiting(event.seq, "gap"))[0]
            case Step.APPLY_AND_HOLD:
                row, new = tables.store(row, Waiting(event.seq, "gap", overtook=True))
                return self.apply(row, event, repaired) if new else row
            case _:
                assert_never(step)

    def queue(self, row: Row, event: Event) -> Row:
        row, new = tables.store(row, Waiting(event.seq, "queued"))
        return row if new else tables.change(row, event.seq, "queued")

    def park(self, row: Row, event: Event) -> Row:
        """applying.park: a transaction of its own, after the refusal was rolled back."""
        row, taken = tables.take(row, event.seq)
        match streams.decide_refused(taken):
            case Refusal.LEAVE:
                return row
            case Refusal.HOLD:
                return tables.store(row, Waiting(event.seq, "gap"))[0]
            case Refusal.PARK:
                row, new = tables.store(row, Waiting(event.seq, "parked"))
                return tables.park(row if new else tables.change(row, event.seq, "parked"))

    def advance(self, row: Row, event: Event, stored: Waiting, repaired: bool) -> Row | None:
        """applying.advance"""
        now = tables.read(row, event.seq)
        if now is None:
            return row
        match waiting.turn(stored.why, now.why, heads=now == tables.head(row)):
            case Turn.OVER:
                return row
            case Turn.TAKE:
                row, taken = tables.take(row, event.seq)
                return self.follow(row, event, taken, now, repaired)
            case Turn.WORK_OFF:
                return self.work_off(row, event, repaired)

    def park_stored(self, row: Row, event: Event, stored: Waiting) -> Row:
        """applying.park_stored"""
        return self.park(row, event) if stored.why == "gap" else tables.change(row, event.seq, "parked")

    def work_off(self, row: Row, event: Event, repaired: bool) -> Row | None:
        """applying.work_off"""
        after = self.apply(row, event, repaired)
        return None if after is None else self.take_out(after, event)

    def take_out(self, row: Row, event: Event) -> Row:
        """applying.take_out"""
        return tables.clear_if_empty(tables.remove(row, event.seq))
