"""The event model and its envelope: CloudEvents 1.0, Kafka binary mode (design: events)."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, ClassVar, TypeVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict

SERVICES = ("intake", "scheduling", "notifications", "billing")
SCHEMA_BASE = "urn:stillwater:schema:"


class Event(BaseModel):
    """A fact in the past tense. Frozen; unknown fields of a newer producer are ignored.

    `overtakes` marks a stop fact, which applies at once, on a parked stream and behind a gap. Every event of an
    aggregate that has one carries whole state and a `version`; the higher version wins.
    """

    model_config = ConfigDict(frozen=True, extra="ignore")

    service: ClassVar[str]
    major: ClassVar[int]
    overtakes: ClassVar[bool]
    type: ClassVar[str]


E_ = TypeVar("E_", bound=type[Event])
REGISTRY: dict[str, type[Event]] = {}


def event(service: str, *, major: int = 1, overtakes: bool = False) -> Callable[[E_], E_]:
    """Register an event class under `stillwater.<service>.<Name>.v<major>`."""

    def register(cls: E_) -> E_:
        cls.service, cls.major, cls.overtakes = service, major, overtakes
        cls.type = f"stillwater.{service}.{cls.__name__}.v{major}"
        if cls.type in REGISTRY:
            raise ValueError(f"{cls.type} is registered twice")
        REGISTRY[cls.type] = cls
        return cls

    return register


def topic_of(service: str) -> str:
    """The one topic that a service owns."""
    return f"stillwater.{service}.v1"


def service_of(topic: str) -> str:
    """The service that owns a topic."""
    return topic.split(".")[1]


class Malformed(Exception):
    """A record without id, type or key, or with an unreadable header: it goes to quarantine. Carries no body."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """Everything around an event's body. `key` is the patient (or clinic) id; `sequence` counts per (service, key)."""

    id: UUID
    type: str
    service: str
    subject: str
    time: datetime
    key: UUID
    sequence: int
    epoch: int
    organisation_id: UUID
    clinic_id: UUID | None
    correlation_id: UUID
    causation_id: UUID | None
    traceparent: str | None
    body: bytes

    def headers(self) -> list[tuple[str, bytes]]:
        """Kafka headers in CloudEvents binary mode; what is None is left out."""
        found = [
            *_headers_of_type(self.service, self.type),
            ("ce_id", str(self.id).encode()),
            ("ce_subject", self.subject.encode()),
            ("ce_time", self.time.isoformat().encode()),
            ("ce_partitionkey", str(self.key).encode()),
            ("ce_sequence", b"%d" % self.sequence),
            ("ce_epoch", b"%d" % self.epoch),
            ("ce_organisationid", str(self.organisation_id).encode()),
            ("ce_correlationid", str(self.correlation_id).encode()),
        ]
        if self.clinic_id is not None:
            found.append(("ce_clinicid", str(self.clinic_id).encode()))
        if self.causation_id is not None:
            found.append(("ce_causationid", str(self.causation_id).encode()))
        if self.traceparent is not None:
            found.append(("traceparent", self.traceparent.encode()))
        return found

    @classmethod
    def from_record(cls, value: bytes | None, headers: Iterable[tuple[str, bytes]]) -> "Envelope":
        """Read a Kafka record. Raises Malformed, naming the header that is missing or unreadable."""
        found = {name: raw.decode(errors="replace") for name, raw in headers}
        try:
            return cls(
                id=UUID(found["ce_id"]),
                type=found["ce_type"],
                service=found["ce_source"].rsplit("/", 1)[-1],
                subject=found.get("ce_subject", ""),
                time=datetime.fromisoformat(found["ce_time"]),
                key=UUID(found["ce_partitionkey"]),
                sequence=int(found["ce_sequence"]),
                epoch=int(found["ce_epoch"]),
                organisation_id=UUID(found["ce_organisationid"]),
                clinic_id=_optional_uuid(found.get("ce_clinicid")),
                correlation_id=UUID(found["ce_correlationid"]),
                causation_id=_optional_uuid(found.get("ce_causationid")),
                traceparent=found.get("traceparent"),
                body=value or b"",
            )
        except KeyError as missing:
            raise Malformed(f"header {missing.args[0]} is missing") from None
        except ValueError:
            raise Malformed("a header cannot be read") from None


@lru_cache(maxsize=1_024)
def _headers_of_type(service: str, event_type: str) -> tuple[tuple[str, bytes], ...]:
    """The headers that all events of a type share."""
    return (
        ("ce_specversion", b"1.0"),
        ("ce_type", event_type.encode()),
        ("ce_source", f"/stillwater/{service}".encode()),
        ("ce_dataschema", f"{SCHEMA_BASE}{event_type}".encode()),
        ("content-type", b"application/json"),
    )


def _optional_uuid(text: str | None) -> UUID | None:
    return UUID(text) if text else None


def parse(envelope: Envelope) -> Any:
    """The typed event of a known type, validated from the bytes. Raises KeyError or pydantic.ValidationError."""
    return REGISTRY[envelope.type].model_validate_json(envelope.body)
