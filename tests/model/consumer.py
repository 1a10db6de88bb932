"""The consumer as a world: two members of a group, their sweep, an operator, a log of one partition, and a database.

A member reads a batch with how far the streams were (`look`), plans it, and works it off. At each step it may die, be
paused and lose its partition while it still runs, or give it up in peace. Offsets go on only by what it commits.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.model import properties, tables
from tests.model.consumer_state import (
    Aside,
    Hand,
    Left,
    Log,
    Member,
    State,
    Steps,
    event_of,
    kinds,
    put,
    settled,
    told,
    with_row,
)  # fmt: skip
from tests.model.planning import planned
from tests.model.tables import Row
from tests.model.transactions import Transactions


@dataclass(frozen=True)
class Consumer:
    """`logs` are what a producer may have written; `left` the faults that may happen on each."""

    logs: tuple[Log, ...]
    left: Left
    transactions: Transactions = field(default_factory=Transactions)
    batch: int = 8

    def starts(self) -> Iterable[tuple[str, State]]:
        for log in self.logs:
            streams = 1 + max(event.stream for event in log)
            yield "the log holds " + " ".join(map(str, log)), State(log, (Row(),) * streams, self.left)

    def alike(self, state: State) -> State:
        """Members differ in nothing but their names."""
        first, second = state.members
        in_order = (*first[:-1], first.hand or ()) <= (*second[:-1], second.hand or ())
        return state if in_order else state._replace(members=(second, first))

    def broken(self, state: State) -> str | None:
        return properties.broken(zip(state.rows, kinds(state.log), strict=True))

    def settled(self, state: State) -> bool:
        drained = all(properties.drained(row, events) for row, events in zip(state.rows, kinds(state.log), strict=True))
        return drained and state.offset == len(state.log)

    def moves(self, state: State) -> Steps:
        for number, member in enumerate(state.members):
            yield from self.member(state, number, member)
        yield from self.sweep(state)
        yield from self.operator(state)
        yield from self.restore(state)

    # ---- a member

    def member(self, state: State, number: int, member: Member) -> Steps:
        who = f"member {'AB'[number]}"
        if member.at == "out":
            if not any(other.owns for other in state.members):
                assigned = Member("works", owns=True, done=state.offset)
                yield f"{who} is assigned the partition at {state.offset}", put(state, number, assigned), False
            return
        yield from self.trouble(state, number, member, who)
        match member.at:
            case "works" if member.todo:
                yield self.next_thing(state, number, member, who)
            case "works":
                yield from self.between_batches(state, number, member, who)
            case "refused":
                event = member.todo[0].events[0]
                row = self.transactions.park(state.rows[event.stream], event)
                after = put(state, number, settled(member), event.stream, row)
                yield f"{who} takes {event} again and parks it", after, False
            case "goes on":
                yield self.go_on(state, number, member, who)
            case _:
                yield self.with_stored(state, number, member, who)

    def trouble(self, state: State, number: int, member: Member, who: str) -> Steps:
        """What may happen to a member wherever it is."""
        left = state.left
        if left.crashes:
            gone = put(state._replace(left=left._replace(crashes=left.crashes - 1)), number, Member())
            yield f"{who} dies", gone, True
        if left.pauses and member.owns:
            stale = put(state._replace(left=left._replace(pauses=left.pauses - 1)), number, member._replace(owns=False))
            yield f"{who} is paused until its partition is taken away", stale, True
        if left.revokes and member.owns and member.at == "works":
            given = state._replace(left=left._replace(revokes=left.revokes - 1), offset=member.done)
            yield f"{who} gives up its partition, commits offset {member.done}", put(given, number, Member()), True

    def between_batches(self, state: State, number: int, member: Member, who: str) -> Steps:
        if not member.owns:
            yield f"{who} learns that it lost its partition", put(state, number, Member()), False
        elif state.offset != member.done:
            yield f"{who} commits offset {member.done}", state._replace(offset=member.done), False
        elif member.done < len(state.log):
            yield self.read_batch(state, number, member, who)

    def read_batch(self, state: State, number: int, member: Member, who: str) -> tuple[str, State, bool]:
        batch = state.log[member.done : member.done + self.batch]
        taken = tuple(row.taken for row in state.rows)
        todo = planned(batch, taken, member.done)
        reads = f"{who} reads {' '.join(map(str, batch))}, its stream taken up to {' '.join(map(str, taken))}"
        if not todo:
            return reads, put(state, number, member._replace(done=member.done + len(batch))), False
        return reads, put(state, number, member._replace(todo=todo)), False

    def next_thing(self, state: State, number: int, member: Member, who: str) -> tuple[str, State, bool]:
        todo = member.todo[0]
        if todo.run:
            return self.pass_over(state, number, member, who)
        event = todo.events[0]
        row, more = self.transactions.deliver(state.rows[event.stream], event, state.repaired)
        if row is None:
            return f"{who}: the handler refuses {event}", put(state, number, member._replace(at="refused")), False
        following = member._replace(at="goes on", ready=(event.stream,)) if more else settled(member)
        label = f"{who} delivers {event}: {told(state.rows[event.stream], row)}"
        return label, put(state, number, following, event.stream, row), False

    def pass_over(self, state: State, number: int, member: Member, who: str) -> tuple[str, State, bool]:
        """streams.pass_over: one statement for the whole run."""
        ready = []
        for event in member.todo[0].events:
            row, more = tables.pass_over(state.rows[event.stream], event.seq)
            state = state._replace(rows=with_row(state.rows, event.stream, row))
            ready += [event.stream] if more else []
        following = member._replace(at="goes on", ready=tuple(ready)) if ready else settled(member)
        return f"{who} passes over {' '.join(map(str, member.todo[0].events))}", put(state, number, following), False

    def go_on(self, state: State, number: int, member: Member, who: str) -> tuple[str, State, bool]:
        """batches.go_on: looks without a lock."""
        stream = member.ready[0]
        stored = tables.next_ready(state.rows[stream])
        if stored is None:
            rest = member.ready[1:]
            after = member._replace(ready=rest) if rest else settled(member)
            return f"{who} finds nothing stored whose turn has come", put(state, number, after), False
        hand = Hand(event_of(state.log, stream, stored.seq), stored)
        return (
            f"{who} reads that it is the turn of {hand.event}",
            put(state, number, member._replace(at="turn", hand=hand)),
            False,
        )

    def with_stored(self, state: State, number: int, member: Member, who: str) -> tuple[str, State, bool]:
        assert member.hand is not None
        label, row = self.settle_stored(state, member.at, member.hand)
        if row is None:
            return f"{who}: {label}", put(state, number, member._replace(at="turn refused")), False
        after = put(state, number, member._replace(at="goes on", hand=None), member.hand.event.stream, row)
        return f"{who} {label}", after, False

    def settle_stored(self, state: State, at: str, hand: Hand) -> tuple[str, Row | None]:
        row = state.rows[hand.event.stream]
        if at == "turn refused":
            return f"parks {hand.event} where it is stored", self.transactions.park_stored(row, hand.event, hand.stored)
        after = self.transactions.advance(row, hand.event, hand.stored, state.repaired)
        if after is None:
            return f"the handler refuses {hand.event}", None
        return f"settles {hand.event}: {told(row, after)}", after

    # ---- beside the members

    def sweep(self, state: State) -> Steps:
        """consumer._sweep: any worker, whatever partitions it owns."""
        if state.sweep.hand is None:
            for stream, row in enumerate(state.rows):
                if stored := tables.next_ready(row):
                    hand = Hand(event_of(state.log, stream, stored.seq), stored)
                    yield (
                        f"the sweep reads that it is the turn of {hand.event}",
                        state._replace(sweep=Aside("turn", hand)),
                        False,
                    )
            return
        label, after = self.settle_stored(state, state.sweep.at, state.sweep.hand)
        if after is None:
            yield f"the sweep: {label}", state._replace(sweep=state.sweep._replace(at="turn refused")), False
            return
        rows = with_row(state.rows, state.sweep.hand.event.stream, after)
        yield f"the sweep {label}", state._replace(sweep=Aside(), rows=rows), False

    def operator(self, state: State) -> Steps:
        poisoned = any(event.kind == "poison" for event in state.log)
        if poisoned and not state.repaired:
            yield "the handler is repaired", state._replace(repaired=True), False
        if state.operator.hand is not None:
            yield from self.operate(state, state.operator.hand)
            return
        for stream, row in enumerate(state.rows):
            if stored := tables.head(row):
                hand = Hand(event_of(state.log, stream, stored.seq), stored)
                yield (
                    f"the operator asks for a retry of {hand.event}",
                    state._replace(operator=Aside("retry", hand)),
                    False,
                )
                if state.left.discards:
                    left = state.left._replace(discards=state.left.discards - 1)
                    discards = state._replace(operator=Aside("discard", hand), left=left)
                    yield f"the operator asks for a discard of {hand.event}", discards, True

    def operate(self, state: State, hand: Hand) -> Steps:
        """parking.retry and parking.discard, from the lock on."""
        done, event = state._replace(operator=Aside()), hand.event
        row = state.rows[event.stream]
        if state.operator.at == "refused":
            row = self.transactions.park_stored(row, event, hand.stored)
            yield f"the retry parks {event} anew", done._replace(rows=with_row(state.rows, event.stream, row)), False
        elif tables.head(row) != hand.stored:
            yield f"somebody else dealt with {event}", done, False
        elif state.operator.at == "discard":
            row = self.transactions.take_out(row._replace(gone=(*row.gone, event.seq)), event)
            yield f"discards {event}", done._replace(rows=with_row(state.rows, event.stream, row)), False
        elif (after := self.transactions.work_off(row, event, state.repaired)) is None:
            yield f"the handler refuses {event} again", state._replace(operator=Aside("refused", hand)), False
        else:
            yield f"the retry applies {event}", done._replace(rows=with_row(state.rows, event.stream, after)), False

    def restore(self, state: State) -> Steps:
        """The consumer's database goes back to a backup; nobody runs meanwhile, and the log is read from its start."""
        if state.left.restores and state.backup is None:
            yield "a backup is taken", state._replace(backup=state.rows), True
        if state.left.restores and state.backup is not None:
            left = state.left._replace(restores=state.left.restores - 1)
            restored = State(state.log, state.backup, left, self.offset_after_restore(state), repaired=state.repaired)
            yield "the database is restored from the backup", restored, True

    def offset_after_restore(self, state: State) -> int:
        return 0
