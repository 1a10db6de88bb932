"""The events that services share: one module per owner. Importing this package fills the registry."""

from shared.events import billing, intake, notifications, scheduling
from shared.events.envelope import REGISTRY, SERVICES, Envelope, Event, Malformed, parse, service_of, topic_of

__all__ = [
    "REGISTRY",
    "SERVICES",
    "Envelope",
    "Event",
    "Malformed",
    "billing",
    "intake",
    "notifications",
    "parse",
    "scheduling",
    "service_of",
    "topic_of",
]
