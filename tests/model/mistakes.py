"""Mistakes put into the model on purpose: each is one method of the right protocol done wrong."""

from dataclasses import dataclass, field

from tests.model import tables
from tests.model.consumer import Consumer
from tests.model.consumer_state import Aside, Hand, Member, State, Steps, with_row
from tests.model.producer import Producer
from tests.model.producer_state import Relay, with_relay
from tests.model.producer_state import State as ProducerState
from tests.model.tables import Row, Waiting
from tests.model.transactions import Event, Transactions


class OffsetsFirst(Consumer):
    """Offsets are committed when a batch is read, before the database has it."""

    def read_batch(self, state: State, number: int, member: Member, who: str) -> tuple[str, State, bool]:
        label, after, fault = super().read_batch(state, number, member, who)
        offset = min(member.done + self.batch, len(state.log))
        return f"{label} and commits offset {offset}", after._replace(offset=offset), fault

    def between_batches(self, state: State, number: int, member: Member, who: str) -> Steps:
        committed = member._replace(done=max(member.done, state.offset)) if member.owns else member
        yield from super().between_batches(state, number, committed, who)


class LeavesParked(Transactions):
    """The head of a queue is taken out; nobody asks whether it was the last."""

    def take_out(self, row: Row, event: Event) -> Row:
        return tables.remove(row, event.seq)


@dataclass(frozen=True)
class ClearsWithoutLock(Consumer):
    """A retry looks at the queue in its transaction, and clears `parked_since` in a statement after it."""

    transactions: Transactions = field(default_factory=LeavesParked)

    def operate(self, state: State, hand: Hand) -> Steps:
        stream = hand.event.stream
        if state.operator.at == "clear":
            row = state.rows[stream]._replace(parked=False)
            yield (
                "the retry clears parked_since",
                state._replace(rows=with_row(state.rows, stream, row), operator=Aside()),
                False,
            )
            return
        for label, after, fault in super().operate(state, hand):
            took_out = len(after.rows[stream].waiting) < len(state.rows[stream].waiting)
            if took_out and tables.head(after.rows[stream]) is None:
                yield f"{label} and sees an empty queue", after._replace(operator=Aside("clear", hand)), fault
            else:
                yield label, after, fault

    def broken(self, state: State) -> str | None:
        what = super().broken(state)
        return None if what == "parked with nothing to retry" else what  # so it is between the two statements


class ParksBlindly(Transactions):
    """A refused event is parked without being taken again."""

    def park(self, row: Row, event: Event) -> Row:
        row, _ = tables.take(row, event.seq)
        return tables.park(tables.store(row, Waiting(event.seq, "parked"))[0])


class IgnoresStoredCopy(Transactions):
    """An event that comes again after its gap has closed is not brought together with the copy that waits there."""

    def deliver(self, row: Row, event: Event, repaired: bool) -> tuple[Row | None, bool]:
        before, (row, taken) = row, tables.take(row, event.seq)
        after = self.follow(row, event, taken, None, repaired)
        if after is not None and tables.read(before, event.seq):
            after = tables.change(after, event.seq, "gap")
        return after, taken is not None and taken.next and taken.more


class KeepsOffsetsAfterRestore(Consumer):
    """The group's offsets are left where they were when the database went back."""

    def offset_after_restore(self, state: State) -> int:
        return state.offset


class Cursor(Producer):
    """The relay reads what is above the highest id that it sent."""

    def unsent(self, state: ProducerState) -> tuple[int, ...]:
        sent = max((row.id for row in state.outbox if row.marked), default=0)
        return tuple(row for row in super().unsent(state) if row > sent)


class AdvisoryLock(Producer):
    """A session lock instead of a lease: it ends with its holder's connection, which a stopped process keeps."""

    def run_out(self, state: ProducerState, number: int) -> ProducerState:
        return state

    def died(self, state: ProducerState, number: int) -> ProducerState:
        return super().run_out(state, number)


class MarksWithoutEpoch(Producer):
    """Marking does not ask who holds the lease."""

    def may_mark(self, state: ProducerState, number: int) -> bool:
        return True


class DoesNotRecordForgetting(Producer):
    """Whether the broker forgot is judged by where its log ends, even while a re-send was broken off."""

    def forget(self, state: ProducerState) -> ProducerState:
        return state


class NeverSendsAgain(Producer):
    """What is marked is believed to be in the log for good."""

    def start(self, state: ProducerState, number: int, relay: Relay) -> tuple[str, ProducerState, bool]:
        label, after, fault = super().start(state, number, relay)
        return label, with_relay(after, number, after.relays[number]._replace(todo=())), fault
