"""The one judge of all scenarios: pure functions from a history to what is wrong with it.

Every finding is a sentence with ids; nothing in a history is personal.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from uuid import UUID

from tests.faults.history import Effect, History, Said, Stored


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is wrong, by property. All of it empty: the history keeps every promise."""

    lost: tuple[str, ...] = ()
    doubled: tuple[str, ...] = ()
    reordered: tuple[str, ...] = ()
    ghosts: tuple[str, ...] = ()
    zombies: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()
    late: tuple[str, ...] = ()

    @property
    def clean(self) -> bool:
        return not any(self.counts().values())

    def counts(self) -> dict[str, int]:
        return {name: len(getattr(self, name)) for name in Verdict.__slots__}

    def __str__(self) -> str:
        found = [f"{name}: {one}" for name in Verdict.__slots__ for one in getattr(self, name)[:10]]
        return "\n".join(found) or "nothing lost, doubled, reordered, made up, left unsaid, parked or late"


def judge(history: History) -> Verdict:
    """Everything that is wrong with a run that has come to rest."""
    return Verdict(
        lost=tuple(_lost(history)), doubled=tuple(_doubled(history)), reordered=tuple(_reordered(history)),
        ghosts=tuple(_ghosts(history)), zombies=tuple(_zombies(history)), parked=tuple(_parked(history)),
        late=tuple(_late(history)),
    )  # fmt: skip


def _lost(history: History) -> Iterator[str]:
    """Acknowledged but not said; said but not sent; sent but not taken; taken without effect or consequence."""
    acts = {said.act for said in history.said} | history.forgotten
    for attempt in history.attempts:
        if attempt.outcome == "acknowledged" and attempt.act not in acts:
            yield f"act {attempt.act} was acknowledged, and nothing was said"
    sent = {record.event_id for record in history.sent}
    yield from (f"{_name(said)} is not on its topic" for said in history.said if said.event_id not in sent)
    yield from _not_taken(history)
    yield from _without_effect(history)
    yield from _without_consequence(history)


def _not_taken(history: History) -> Iterator[str]:
    taken = {(one.consumer, one.producer, one.key): one.upto for one in history.taken}
    last: Counter[tuple[str, UUID]] = Counter()
    for said in history.said:
        last[said.producer, said.key] = max(last[said.producer, said.key], said.seq)
    for consumer, producers in history.rules.hears.items():
        for (producer, key), seq in last.items():
            upto = taken.get((consumer, producer, key), 0)
            if producer in producers and upto < seq:
                yield f"{consumer} took {upto} of {seq} events of {producer} about {key}"


def _without_effect(history: History) -> Iterator[str]:
    there = {(effect.consumer, effect.event_id) for effect in history.effects} | history.given_up
    waiting = {(one.consumer, one.event_id) for one in _rightly_stored(history)}
    for consumer, kind in history.rules.effects:
        for said in history.said:
            if said.type == kind and (consumer, said.event_id) not in there | waiting:
                yield f"{_name(said)} took no effect in {consumer}"


def _without_consequence(history: History) -> Iterator[str]:
    followed = {(said.cause, said.type) for said in history.said}
    for said in history.said:
        then = history.rules.leads_to.get(said.type)
        if then is not None and (said.event_id, then) not in followed:
            yield f"{_name(said)} led to no {then}"


def _doubled(history: History) -> Iterator[str]:
    """An act said twice, a consequence said twice, an effect twice, a sequence given to two events."""
    traced = {kind for _, kind in history.rules.effects}
    commanded = [
        (said.act, said.type, said.aggregate if said.type in history.rules.several else None)
        for said in history.said if said.cause is None and said.type in traced
    ]  # fmt: skip
    for (act, kind, _), times in Counter(commanded).items():
        if times > 1:
            yield f"act {act} was said {times} times as {kind}"
    for (cause, kind, aggregate), times in Counter(
        (said.cause, said.type, said.aggregate) for said in history.said if said.cause is not None
    ).items():
        if times > 1:
            yield f"{kind} about {aggregate} was said {times} times because of {cause}"
    for (consumer, event_id), times in Counter((one.consumer, one.event_id) for one in history.effects).items():
        if times > 1:
            yield f"event {event_id} took effect {times} times in {consumer}"
    holders = defaultdict(set)
    for record in (*history.said, *history.sent):
        holders[record.producer, record.key, record.seq].add(record.event_id)
    for (producer, key, seq), events in holders.items():
        if len(events - history.poison) > 1:
            yield f"sequence {seq} of {producer} about {key} belongs to {len(events)} events"


def _reordered(history: History) -> Iterator[str]:
    """Effects of one producer's events about one patient that happened in another order. Stop facts may overtake."""
    said_as = {said.event_id: said for said in history.said}
    lines: defaultdict[tuple[str, str, UUID], list[Effect]] = defaultdict(list)
    for effect in history.effects:
        said = said_as.get(effect.event_id)
        if said is not None and said.type not in history.rules.overtaking:
            lines[effect.consumer, said.producer, said.key].append(effect)
    for (consumer, producer, key), effects in lines.items():
        order = [said_as[one.event_id].seq for one in sorted(effects, key=lambda one: one.place)]
        for earlier, later in pairwise(order):
            if later < earlier:
                yield f"{consumer} applied {later} after {earlier} of {producer} about {key}"


def _ghosts(history: History) -> Iterator[str]:
    """Events without their state, records and effects of events that nobody said, and refused acts that were said.

    And effects of what an operator gave up, but for stop facts, which had theirs when they arrived.
    """
    states, events = set(history.states), {said.event_id for said in history.said} | history.poison
    for said in history.said:
        if said.type in history.rules.stateful and said.state not in states and said.event_id not in history.unstated:
            yield f"{_name(said)} has no state"
    yield from (f"record of {one.event_id} was never said" for one in history.sent if one.event_id not in events)
    yield from (
        f"effect of {one.event_id} in {one.consumer}: never said" for one in history.effects
        if one.event_id not in events
    )  # fmt: skip
    stops = {said.event_id for said in history.said if said.type in history.rules.overtaking}
    yield from (
        f"effect of {one.event_id} in {one.consumer}: it was given up" for one in history.effects
        if (one.consumer, one.event_id) in history.given_up and one.event_id not in stops
    )  # fmt: skip
    refused = {attempt.act for attempt in history.attempts if attempt.outcome == "refused"}
    yield from (f"{_name(said)} was refused" for said in history.said if said.act in refused)


def _zombies(history: History) -> Iterator[str]:
    said = {one.state for one in history.said}
    for state in history.states:
        if state not in said:
            yield f"version {state.version} of {state.aggregate} of {state.producer} was never said"


def _parked(history: History) -> Iterator[str]:
    """Events kept back although nothing permanent is wrong."""
    right = set(_rightly_stored(history))
    for one in history.stored:
        if one not in right:
            yield f"{one.consumer} keeps {one.seq} of {one.producer} about {one.key} ({one.why}: {one.reason})"


def _late(history: History) -> Iterator[str]:
    if history.stops_within is None:
        return
    for effect, seconds in stop_delays(history):
        if seconds > history.stops_within:
            yield f"stop fact {effect.event_id} took effect in {effect.consumer} after {seconds:.1f} s"


def stop_delays(history: History) -> list[tuple[Effect, float]]:
    """The effects of stop facts, and how many seconds each came after its first record."""
    arrived: dict[UUID, float] = {}
    for record in history.sent:
        arrived[record.event_id] = min(record.at, arrived.get(record.event_id, record.at))
    stops = {said.event_id for said in history.said if said.type in history.rules.overtaking} & set(arrived)
    return [(one, one.place - arrived[one.event_id]) for one in history.effects if one.event_id in stops]


def _rightly_stored(history: History) -> Iterable[Stored]:
    """Poison, and what queues behind it."""
    heads = {(one.consumer, one.producer, one.key): one.seq for one in history.stored if one.event_id in history.poison}
    for one in history.stored:
        head = heads.get((one.consumer, one.producer, one.key))
        if one.event_id in history.poison or (head is not None and one.seq > head):
            yield one


def _name(said: Said) -> str:
    return f"{said.type} {said.seq} of {said.producer} about {said.key}"
