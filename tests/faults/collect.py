"""The history of a run out of what it left behind: outboxes, topics, streams, tables, and the audit of every consumer.

Every handler writes its audit rows in the transaction of its effect, under the consumer's name and the correlation of
the act that began it all: that is how an effect is traced to its event, and counted, whatever the tables show.
"""

import asyncio
import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, Consumer, TopicPartition

from shared.events import REGISTRY, SERVICES, topic_of
from shared.events.billing import EstimateIssued, PaymentReceived
from shared.events.intake import ConsentRevoked, ConsentSigned, PatientChanged, PatientRegistered
from shared.events.scheduling import AppointmentBooked
from shared.messaging.outbox import LEAP
from shared.runtime.parts.broker import PARTITIONS
from tests.faults.backup import NOTHING_GONE, Gone
from tests.faults.history import Attempt, Effect, History, Rules, Said, Sent, State, Stored, Taken
from tests.faults.world import DEFINITIONS, World, hears

TIMELINE = "intake.timeline"
EVERYTHING = (PatientRegistered, PatientChanged, ConsentSigned, ConsentRevoked, AppointmentBooked, EstimateIssued,
              PaymentReceived)  # fmt: skip
LEAVES_EFFECT = {
    "scheduling.commands": (PatientRegistered, PatientChanged, ConsentSigned, ConsentRevoked),
    "notifications.commands": (PatientRegistered, PatientChanged, AppointmentBooked),
    "billing.commands": (PatientRegistered, PatientChanged, AppointmentBooked),
    TIMELINE: EVERYTHING,
}
RULES = Rules(
    hears=hears(),
    effects=frozenset((consumer, event.type) for consumer, events in LEAVES_EFFECT.items() for event in events),
    stateful=frozenset(
        e.type for e in (PatientRegistered, PatientChanged, ConsentSigned, ConsentRevoked, AppointmentBooked)
    ),
    leads_to={AppointmentBooked.type: EstimateIssued.type},
    overtaking=frozenset(kind for kind, event in REGISTRY.items() if event.overtakes),
    several=frozenset({ConsentRevoked.type}),
)
_SAID = """
SELECT event_id, type, key, seq, epoch, subject, correlation_id, causation_id, body FROM outbox
WHERE key = ANY($1) ORDER BY id
"""
_TAKEN = "SELECT consumer, producer, key, taken_seq FROM stream WHERE key = ANY($1)"
_STORED = "SELECT consumer, producer, key, seq, event_id, why, reason FROM waiting WHERE key = ANY($1)"
_STATES = {
    "intake": """
SELECT id::text, generate_series(1, version) AS version FROM patient WHERE id = ANY($1)
UNION ALL SELECT id::text, generate_series(1, version) FROM consent WHERE patient_id = ANY($1)""",
    "scheduling": "SELECT id::text, generate_series(1, version) AS version FROM appointment WHERE patient_id = ANY($1)",
}
_AUDIT = """
SELECT actor, correlation_id, action, resource, resource_id, resource_version, extract(epoch FROM at)::float8 AS at
FROM audit WHERE actor_kind = 'service' AND actor = ANY($2) AND patient_id = ANY($1) ORDER BY at
"""


@dataclass(frozen=True, slots=True)
class Permanent:
    """What a test itself made impossible: `poison` events, those it discarded by (consumer, event), its restore."""

    poison: frozenset[UUID] = frozenset()
    given_up: frozenset[tuple[str, UUID]] = frozenset()
    gone: Gone = NOTHING_GONE


async def collect(
    world: World, keys: Sequence[UUID], attempts: Sequence[Attempt], permanent: Permanent | None = None
) -> History:
    """Everything about these patients, after the world has come to rest."""
    permanent = permanent or Permanent()
    said, states, taken, stored, audits = [], [], [], [], []
    for name in SERVICES:
        async with world.connected(name) as connection:
            said += [_said(name, row) for row in await connection.fetch(_SAID, keys)]
            taken += [Taken(*row.values()) for row in await connection.fetch(_TAKEN, keys)]
            stored += [_stored(row) for row in await connection.fetch(_STORED, keys)]
            if name in _STATES:
                states += [State(name, *row.values()) for row in await connection.fetch(_STATES[name], keys)]
            audits += await connection.fetch(_AUDIT, keys, [f"{name}.commands", f"{name}.timeline"])
    sent = [
        record for record in await asyncio.to_thread(read_topics, world.ground.bootstrap) if record.key in set(keys)
    ]
    return History(
        RULES, tuple(attempts), tuple(states), tuple(said), tuple(sent), tuple(_effects(audits, said)), tuple(taken),
        tuple(stored), permanent.poison, permanent.given_up, unstated=permanent.gone.heard,
        forgotten=permanent.gone.unheard,
    )  # fmt: skip


def _said(producer: str, row: Mapping[str, Any]) -> Said:
    version = json.loads(bytes(row["body"])).get("version", 1) - (row["epoch"] - 1) * LEAP
    return Said(
        producer, row["event_id"], row["type"], row["key"], row["seq"], row["subject"], version, row["correlation_id"],
        row["causation_id"],
    )  # fmt: skip


def _stored(row: Mapping[str, Any]) -> Stored:
    return Stored(*(row[name] for name in ("consumer", "producer", "key", "seq", "event_id", "why", "reason")))


def _effects(audits: Sequence[Mapping[str, Any]], said: Sequence[Said]) -> Iterator[Effect]:
    """One per time that an event was applied: a handler that ran twice wrote each of its audit rows twice."""
    handled = {f"{name}.commands": {event.type for event in one.subscriptions} for name, one in DEFINITIONS.items()}
    by_act: defaultdict[UUID, list[Said]] = defaultdict(list)
    for one in said:
        by_act[one.act].append(one)
    places: defaultdict[tuple[str, UUID], defaultdict[tuple[Any, ...], list[float]]] = defaultdict(
        lambda: defaultdict(list)
    )
    for row in audits:
        what = (row["action"], row["resource"], row["resource_id"], row["resource_version"])
        event_id = _cause_of(row, by_act[row["correlation_id"]], handled.get(row["actor"], set()))
        if event_id is not None:
            places[row["actor"], event_id][what].append(row["at"])
    for (consumer, event_id), rows in places.items():
        most = max(rows.values(), key=len)
        yield from (Effect(consumer, event_id, at) for at in most)


def _cause_of(row: Mapping[str, Any], candidates: Sequence[Said], handled: set[str]) -> UUID | None:
    """The timeline names the event; elsewhere it is the one of its act that the consumer handles, or of several of one
    type the one about what the row is about."""
    if row["actor"] == TIMELINE:
        return UUID(row["resource_id"]) if row["resource"] == "timeline_entry" else None
    found = [one for one in candidates if one.type in handled]
    if {one.type for one in found} <= RULES.several:
        found = [one for one in found if one.aggregate == row["resource_id"]]
    assert len(found) <= 1, f"an act of the load led to more than one event that {row['actor']} handles"
    return found[0].event_id if found else None


def read_topics(bootstrap: str) -> list[Sent]:
    """Every record that the four topics hold now and that has an id."""
    return [record for record, _ in read_records(bootstrap)]


def read_records(bootstrap: str) -> list[tuple[Sent, Any]]:
    """The same, each with the record itself."""
    reader = Consumer(
        {"bootstrap.servers": bootstrap, "group.id": "history", "enable.auto.commit": False, "log_level": 0}
    )
    places = [TopicPartition(topic_of(name), n, OFFSET_BEGINNING) for name in SERVICES for n in range(PARTITIONS)]
    left = {(p.topic, p.partition): reader.get_watermark_offsets(p, timeout=30.0)[1] for p in places}
    left = {place: end for place, end in left.items() if end > 0}
    reader.assign([place for place in places if (place.topic, place.partition) in left])
    found = []
    while left:
        for record in reader.consume(1000, timeout=1.0):
            place = (record.topic(), record.partition())
            if record.error() is None and (sent := _sent(record)) is not None:
                found.append((sent, record))
            if record.error() is None and record.offset() + 1 >= left.get(place, 0):
                left.pop(place, None)
    reader.close()
    return found


def _sent(record: Any) -> Sent | None:
    headers = dict(record.headers() or [])
    try:
        return Sent(
            record.topic().split(".")[1], UUID(headers["ce_id"].decode()), UUID(headers["ce_partitionkey"].decode()),
            int(headers["ce_sequence"]), record.partition(), record.offset(),
            record.timestamp()[1] / 1000,
        )  # fmt: skip
    except (KeyError, ValueError):
        return None


def repeats(history: History) -> int:
    """How many records of the topics are there once more."""
    return sum(times - 1 for times in Counter(record.event_id for record in history.sent).values())
