"""The producer's half as a world: command transactions, an outbox, two relays with one lease, and a broker.

A relay may die, or be paused for longer than its lease, between any two steps. The broker may leave the fate of records
open, lose what it had not yet written to disk, or lose a topic. Time is in eras: what was marked in an earlier one is
older than the quarter of an hour that every producer session sends again, and is on the broker's disk.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product

from shared.messaging import acks, lease
from shared.messaging.acks import Conclusion
from shared.messaging.records import Ack
from tests.model.producer_state import (
    FATES,
    NO_ANSWER,
    Lease,
    Left,
    OutboxRow,
    Relay,
    State,
    Steps,
    anew,
    disconnected,
    name,
    step_down,
    with_at,
    with_relay,
)


@dataclass(frozen=True)
class Producer:
    """`emits` are the keys that each concurrent transaction emits events of, for instance ("pp", "pq")."""

    emits: tuple[str, ...]
    left: Left
    relays: int = 2
    batch: int = 2

    def starts(self) -> Iterable[tuple[str, State]]:
        yield "", State(self.left, ("waits",) * len(self.emits), relays=(Relay(),) * self.relays)

    def alike(self, state: State) -> State:
        """Relays differ in nothing but their names, and of epochs only the lease's own counts."""
        holder, epoch, expired = state.lease
        ranked = sorted(
            (relay._replace(epoch=int(n == holder and relay.epoch == epoch)), n == holder)
            for n, relay in enumerate(state.relays)
        )
        holder = next((n for n, (_, holds) in enumerate(ranked) if holds), -1)
        relays = tuple(relay for relay, _ in ranked)
        flushed = state.flushed if state.left.power else 0
        like = state._replace(relays=relays, lease=Lease(holder, 1, expired), flushed=flushed)
        return like._replace(late=tuple(sorted(state.late))) if len(state.late) > 1 else like

    def broken(self, state: State) -> str | None:
        """A consumer bears any order and any repeat: only what never comes is wrong, and that shows at the end."""
        return None

    def settled(self, state: State) -> bool:
        """Nothing acknowledged is lost: what committed is in the log and marked, and somebody is ready for more."""
        done = all(at == "done" for at in state.transactions) and all(row.marked for row in state.outbox)
        ready = any(r.at == "reads" and not r.over and not r.paused and r.valid for r in state.relays)
        return done and ready and {row.id for row in state.outbox} <= set(state.log)

    def moves(self, state: State) -> Steps:
        yield from self.commands(state)
        for number, relay in enumerate(state.relays):
            yield from self.trouble(state, number, relay)
            if not relay.paused:
                yield from self.relay(state, number, relay)
        yield from self.broker(state)

    # ---- commands

    def commands(self, state: State) -> Steps:
        """outbox._EMIT: ids and sequences are drawn under the locks of the keys, which are held until the commit."""
        for number, at in enumerate(state.transactions):
            keys = self.emits[number]
            locked = {key for n, other in enumerate(state.transactions) if other == "open" for key in self.emits[n]}
            if at == "waits" and not locked & set(keys):
                rows = state.outbox
                for key in keys:
                    seq = sum(row.key == key for row in rows) + 1
                    rows = (*rows, OutboxRow(len(rows) + 1, key, seq, number))
                drawn = " ".join(f"{row.id}:{row}" for row in rows[len(state.outbox) :])
                yield (
                    f"command {number} draws {drawn}",
                    state._replace(outbox=rows, transactions=with_at(state, number, "open")),
                    False,
                )
            elif at == "open":
                yield f"command {number} commits", state._replace(transactions=with_at(state, number, "done")), False

    def visible(self, state: State) -> list[OutboxRow]:
        return [row for row in state.outbox if state.transactions[row.transaction] == "done"]

    # ---- a relay

    def relay(self, state: State, number: int, relay: Relay) -> Steps:
        match relay.at:
            case "standby":
                yield from self.acquire(state, number)
            case "starts":
                yield self.start(state, number, relay)
            case "sends again" if not relay.todo:
                yield self.finish_resend(state, number, relay)
            case "reads" if relay.over:
                yield f"{name(number)} finds its connection broken", anew(state, number, relay), False
            case "reads":
                batch = self.unsent(state)[: self.batch]
                if batch:
                    yield (
                        f"{name(number)} reads {self.told(state, batch)}",
                        with_relay(state, number, relay._replace(at="checks", batch=batch)),
                        False,
                    )
            case "checks" | "sends again":
                yield self.check(state, number, relay)
            case "checked" | "checked again":
                yield from self.send(state, number, relay)
            case "has answers":
                yield self.mark(state, number, relay)

    def acquire(self, state: State, number: int) -> Steps:
        """lease._ACQUIRE"""
        if state.lease.holder < 0 or state.lease.expired:
            epoch = state.lease.epoch + 1
            held = with_relay(state, number, Relay("starts", epoch, valid=True))
            yield f"{name(number)} gets the lease", held._replace(lease=Lease(number, epoch, False)), False

    def start(self, state: State, number: int, relay: Relay) -> tuple[str, State, bool]:
        """relay._Session.run up to the re-send: what the broker holds, and whether that is what was marked."""
        who = name(number)
        if not lease.may_send(1, 2 if relay.valid else 1):
            return f"{who} finds its lease run out", step_down(state, number, relay), False
        known = {} if state.known is None else {0: ("cluster", state.known)}
        everything = acks.forgot(known, "cluster", {0: len(state.log)})
        if everything and not self.fenced_in(state, number):
            return f"{who} finds its lease stolen", step_down(state, number, relay), False
        newest = max((row.marked for row in self.visible(state)), default=0)
        todo = tuple(row.id for row in self.visible(state) if row.marked and (everything or row.marked == newest))
        begun = relay._replace(at="sends again", over=False, todo=todo, batch=(), answers=(), last=len(state.log) - 1)
        state = self.forget(state) if everything else state
        return (
            f"{who} begins a session, sends again {self.told(state, todo) or 'nothing'}",
            with_relay(state, number, begun),
            False,
        )

    def forget(self, state: State) -> State:
        """relay._FORGET"""
        return state._replace(known=None)

    def finish_resend(self, state: State, number: int, relay: Relay) -> tuple[str, State, bool]:
        """relay._MARK with no rows"""
        if not self.fenced_in(state, number):
            return f"{name(number)} finds its lease stolen", step_down(state, number, relay), False
        ready = with_relay(state, number, relay._replace(at="reads"))
        return f"{name(number)} has sent everything again", ready._replace(known=relay.last), False

    def unsent(self, state: State) -> tuple[int, ...]:
        """relay._UNSENT"""
        return tuple(row.id for row in self.visible(state) if not row.marked)

    def check(self, state: State, number: int, relay: Relay) -> tuple[str, State, bool]:
        """Lease.check, and ProducerSession.send's own look; a pause may follow before anything is sent."""
        if not lease.may_send(1, 2 if relay.valid else 1):
            return f"{name(number)} finds its lease run out", step_down(state, number, relay), False
        again = relay.at == "sends again"
        batch = relay.todo[: self.batch] if again else relay.batch
        checked = relay._replace(at="checked again" if again else "checked", batch=batch)
        return f"{name(number)} may send {self.told(state, batch)}", with_relay(state, number, checked), False

    def send(self, state: State, number: int, relay: Relay) -> Steps:
        """kafka.ProducerSession.send: an answer for each record, or none."""
        if relay.over:
            yield f"{name(number)} finds its connection broken", anew(state, number, relay), False
            return
        for fates in product(FATES, repeat=len(relay.batch)):
            fault = any(fate != FATES[0] for fate in fates)
            if fault and not state.left.doubts:
                continue
            left = state.left._replace(doubts=state.left.doubts - fault)
            log, answers = list(state.log), list[int]()
            for row, fate in zip(relay.batch, fates, strict=True):
                answers.append(len(log) if fate == FATES[0] else NO_ANSWER)
                log += [row] if fate in FATES[:2] else []
            late = tuple(row for row, fate in zip(relay.batch, fates, strict=True) if fate == "late")
            told = relay._replace(at="has answers", answers=tuple(answers), over=fault)
            after = with_relay(state, number, told)._replace(
                left=left, log=tuple(log), late=(*state.late, late) if late else state.late
            )
            what = ", ".join(f"{self.told(state, (row,))} {fate}" for row, fate in zip(relay.batch, fates, strict=True))
            yield f"{name(number)} sends: {what}", after, fault

    def conclude(self, relay: Relay) -> Conclusion:
        answers = [None if offset == NO_ANSWER else Ack(0, offset) for offset in relay.answers]
        return acks.conclude([(row, 0) for row in relay.batch], answers, {0: relay.last})

    def mark(self, state: State, number: int, relay: Relay) -> tuple[str, State, bool]:
        """relay._send_and_mark from the answers on; what is sent again stays marked as it is."""
        conclusion, who = self.conclude(relay), name(number)
        if relay.todo:
            if not conclusion.whole:
                return f"{who} misses an answer and ends its session", anew(state, number, relay), False
            rest = relay._replace(
                at="sends again", todo=relay.todo[len(relay.batch) :], batch=(), answers=(), last=conclusion.last[0]
            )
            return f"{who} has its answers", with_relay(state, number, rest), False
        if not self.may_mark(state, number):
            return f"{who} marks nothing: its lease was stolen", step_down(state, number, relay), False
        rows = tuple(row._replace(marked=state.era) if row.id in conclusion.mark else row for row in state.outbox)
        marked = state._replace(outbox=rows, known=conclusion.last[0])
        label = f"{who} marks {self.told(state, tuple(conclusion.mark)) or 'nothing'}"
        if not conclusion.whole:
            return f"{label} and ends its session", anew(marked, number, relay), False
        following = relay._replace(at="reads", batch=(), answers=(), last=conclusion.last[0])
        return label, with_relay(marked, number, following), False

    def fenced_in(self, state: State, number: int) -> bool:
        """`... WHERE holder = $2 AND epoch = $3`"""
        return state.lease.holder == number and state.lease.epoch == state.relays[number].epoch

    def may_mark(self, state: State, number: int) -> bool:
        """relay._MARK"""
        return self.fenced_in(state, number)

    # ---- trouble

    def trouble(self, state: State, number: int, relay: Relay) -> Steps:
        left = state.left
        if relay.paused:
            yield f"{name(number)} wakes up", with_relay(state, number, relay._replace(paused=False)), True
            return
        if relay.at == "standby":
            return
        if left.crashes:
            gone = with_relay(state, number, Relay())._replace(left=left._replace(crashes=left.crashes - 1))
            yield f"{name(number)} dies, and its lease runs out", self.died(gone, number), True
        if left.pauses and len(state.relays) > 1 and not any(other.paused for other in state.relays):
            paused = with_relay(state, number, relay._replace(paused=True, valid=False))
            yield (
                f"{name(number)} is paused for longer than its lease",
                self.run_out(paused._replace(left=left._replace(pauses=left.pauses - 1)), number),
                True,
            )

    def died(self, state: State, number: int) -> State:
        return self.run_out(state, number)

    def run_out(self, state: State, number: int) -> State:
        """Nobody renews it."""
        return state._replace(lease=state.lease._replace(expired=True)) if state.lease.holder == number else state

    def broker(self, state: State) -> Steps:
        left = state.left
        for n, records in enumerate(state.late):
            rest = (*state.late[:n], *((records[1:],) if records[1:] else ()), *state.late[n + 1 :])
            yield (
                f"{self.told(state, records[:1])} arrives late",
                state._replace(log=(*state.log, records[0]), late=rest),
                True,
            )
        if left.power:
            for kept in range(state.flushed, len(state.log)):
                cut = state._replace(log=state.log[:kept], left=left._replace(power=left.power - 1))
                yield f"power loss, the log keeps {kept} records", disconnected(cut), True
        if left.topics and state.log:
            lost = state._replace(log=(), flushed=0, left=left._replace(topics=left.topics - 1))
            yield "the broker loses the topic", disconnected(lost), True
        if left.eras and state.log:
            later = state._replace(era=state.era + 1, flushed=len(state.log), left=left._replace(eras=left.eras - 1))
            yield "a quarter of an hour passes", later, True

    def told(self, state: State, ids: Iterable[int]) -> str:
        rows = {row.id: row for row in state.outbox}
        return " ".join(str(rows[row]) for row in ids)
