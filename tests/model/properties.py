"""What must hold of a consumer in every state, whatever happened."""

from collections.abc import Callable, Iterable
from itertools import pairwise

from tests.model.tables import Row
from tests.model.transactions import Event

Kinds = dict[int, Event]


def twice(row: Row, events: Kinds) -> str | None:
    """Nothing takes effect twice, or after it was given up."""
    doubled = [seq for seq in row.effects if row.effects.count(seq) > 1 or seq in row.gone]
    return f"{events[doubled[0]]} takes effect twice" if doubled else None


def out_of_order(row: Row, events: Kinds) -> str | None:
    """One patient's facts of one producer take effect in order; only stop facts overtake."""
    in_order = [seq for seq in row.effects if not events[seq].overtakes]
    wrong = [(a, b) for a, b in pairwise(in_order) if a > b]
    return f"{events[wrong[0][0]]} takes effect before {events[wrong[0][1]]}" if wrong else None


def parked_for_nothing(row: Row, events: Kinds) -> str | None:
    """No event is parked without a permanent cause, and no stream stays parked with nothing to retry."""
    wrong = [w.seq for w in row.waiting if w.why == "parked" and events[w.seq].kind != "poison"]
    if wrong:
        return f"{events[wrong[0]]} is parked without a cause"
    empty = row.parked and all(w.why == "gap" for w in row.waiting)
    return "parked with nothing to retry" if empty else None


def stop_fact_late(row: Row, events: Kinds) -> str | None:
    """Stop facts apply on arrival, on a parked stream and behind a gap."""
    return f"{events[row.late[0]]} did not apply on arrival" if row.late else None


def lost(row: Row, events: Kinds) -> str | None:
    """What is taken took effect, or waits, or an operator gave it up."""
    kept = {*row.effects, *row.gone, *(w.seq for w in row.waiting)}
    gone = [seq for seq in range(1, row.taken + 1) if events[seq].handled and seq not in kept]
    return f"{events[gone[0]]} is lost" if gone else None


PROPERTIES: list[Callable[[Row, Kinds], str | None]] = [lost, twice, out_of_order, parked_for_nothing, stop_fact_late]


def broken(rows: Iterable[tuple[Row, Kinds]]) -> str | None:
    """The first property that does not hold, in words."""
    for row, events in rows:
        for holds in PROPERTIES:
            if what := holds(row, events):
                return what
    return None


def drained(row: Row, events: Kinds) -> bool:
    """Nothing acknowledged is lost: every event took effect, or an operator gave it up, and nothing waits."""
    missing = [e for e in events.values() if e.handled and e.seq not in row.effects and e.seq not in row.gone]
    return not missing and not row.waiting and not row.parked
