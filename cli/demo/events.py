"""The events of a running house, read from the topics beside the story: what was said, by whom, how soon after what."""

import asyncio
from collections import Counter
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from shared.events import SERVICES, Envelope, Malformed, topic_of
from shared.messaging.kafka import tail
from shared.messaging.records import KafkaAway
from shared.settings import Settings

_AGAIN_AFTER = 0.5  # seconds


@dataclass(frozen=True, slots=True)
class Heard:
    """One event: `after_cause` is the time since the event that caused it, None when a person did."""

    envelope: Envelope
    after_cause: timedelta | None

    @property
    def name(self) -> str:
        """`stillwater.intake.LeadReceived.v1` is LeadReceived."""
        return self.envelope.type.split(".")[2]


@dataclass
class EventLog:
    """Every event since a moment of business time, once however often it was sent; other records are left out."""

    since: datetime
    on_event: Callable[[Heard], None] = lambda _: None
    heard: list[Heard] = field(default_factory=list)
    _by_id: dict[UUID, Envelope] = field(default_factory=dict)

    async def follow(self, settings: Settings) -> None:
        """Read all topics from their beginning, again after the broker was away; ends when cancelled."""
        while True:
            with suppress(KafkaAway):
                async for record in tail(settings, [topic_of(service) for service in SERVICES], from_start=True):
                    with suppress(Malformed):
                        self.add(Envelope.from_record(record.value, record.headers))
            await asyncio.sleep(_AGAIN_AFTER)

    def add(self, envelope: Envelope) -> None:
        """Note an event that was not heard before and is not of an earlier story."""
        if envelope.id in self._by_id or envelope.time < self.since:
            return
        self._by_id[envelope.id] = envelope
        cause = self._by_id.get(envelope.causation_id) if envelope.causation_id else None
        heard = Heard(envelope, envelope.time - cause.time if cause else None)
        self.heard.append(heard)
        self.on_event(heard)

    def of(self, patients: Collection[UUID]) -> Counter[str]:
        """How often each event was said of these patients, by its name."""
        return Counter(one.name for one in self.heard if one.envelope.key in patients)
