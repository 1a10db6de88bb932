"""The AsyncAPI 3 document of all events, from the registry and the subscriptions; `cli.catalogue` writes it."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from cli.listeners import listeners
from shared.events import REGISTRY, SERVICES, Event, topic_of
from shared.events.compatibility import expanded
from shared.events.golden import schema_of
from shared.service import Definition

PAGE = Path(__file__).parents[1] / "docs" / "asyncapi.yaml"
Json = dict[str, Any]

_HEADERS: Json = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_time", "ce_partitionkey", "ce_sequence"],
    "properties": {
        "ce_specversion": {"type": "string", "const": "1.0"},
        "ce_id": {"type": "string", "format": "uuid", "description": "made once; a repeat is the same event"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "examples": ["/stillwater/intake"]},
        "ce_subject": {"type": "string", "description": "id of the aggregate"},
        "ce_time": {"type": "string", "format": "date-time"},
        "ce_dataschema": {"type": "string"},
        "ce_partitionkey": {"type": "string", "format": "uuid", "description": "patient id; orders the events"},
        "ce_sequence": {"type": "string", "pattern": "^[0-9]+$", "description": "1, 2, 3 ... per service and key"},
        "ce_epoch": {"type": "string", "pattern": "^[0-9]+$"},
        "ce_organisationid": {"type": "string", "format": "uuid"},
        "ce_clinicid": {"type": "string", "format": "uuid"},
        "ce_correlationid": {"type": "string", "format": "uuid"},
        "ce_causationid": {"type": "string", "format": "uuid"},
        "ce_addressee": {
            "type": "string",
            "description": "a copy from the archive for one consumer group; every other ignores the record",
        },
        "traceparent": {"type": "string"},
    },
}


def document(services: Sequence[Definition]) -> Json:
    """The whole document: a channel per topic, a message per event, who sends and who receives."""
    return {
        "asyncapi": "3.1.0",
        "info": {
            "title": "Stillwater events",
            "version": "1",
            "description": "CloudEvents 1.0 in Kafka's binary mode. Sealed fields open for their audience only.",
            "license": {"name": "See the repository"},
        },
        "defaultContentType": "application/json",
        "channels": {owner: _channel(owner) for owner in SERVICES},
        "operations": _operations(services),
        "components": {
            "messages": {event.__name__: _message(event) for event in REGISTRY.values()},
            "messageTraits": {"CloudEvent": {"headers": _HEADERS, "contentType": "application/json"}},
        },
    }


def _channel(owner: str) -> Json:
    return {
        "address": topic_of(owner),
        "description": f"Everything that {owner} says; only {owner} writes here.",
        "messages": {e.__name__: _ref("components", "messages", e.__name__) for e in _events_of(owner)},
        "bindings": {"kafka": {"topic": topic_of(owner), "partitions": 12, "bindingVersion": "0.5.0"}},
    }


def _operations(services: Sequence[Definition]) -> Json:
    operations: Json = {f"{owner}Says": _operation("send", owner, _events_of(owner)) for owner in SERVICES}
    heard = listeners(services)
    for consumer in SERVICES:
        for owner in SERVICES:
            events = [e for e in _events_of(owner) if consumer in heard.get(e, ())]
            if events:
                operations[f"{consumer}Hears{owner.title()}"] = _operation("receive", owner, events)
    return operations


def _operation(action: str, owner: str, events: Sequence[type[Event]]) -> Json:
    return {
        "action": action,
        "channel": _ref("channels", owner),
        "messages": [_ref("channels", owner, "messages", event.__name__) for event in events],
    }


def _message(event: type[Event]) -> Json:
    return {
        "name": event.type,
        "title": event.__name__,
        "summary": " ".join((event.__doc__ or "").split()),
        "traits": [_ref("components", "messageTraits", "CloudEvent")],
        "payload": _payload(event),
    }


def _payload(event: type[Event]) -> Json:
    """The body's schema; what a sealed field holds is named by its fields, since only its audience can read it."""
    schema: Json = expanded(schema_of(event))
    schema.pop("$schema")
    for field in schema["properties"].values():
        inner = field.pop("x-sealed", None)
        if inner is not None:
            field["x-holds"] = sorted(inner.get("properties", {}))
    return schema


def _events_of(owner: str) -> list[type[Event]]:
    return [event for event in REGISTRY.values() if event.service == owner]


def _ref(*path: str) -> Json:
    return {"$ref": "#/" + "/".join(path)}


def render(services: Sequence[Definition]) -> str:
    """The document as YAML. The way through JSON leaves no shared parts, which YAML would write as anchors."""
    head = "# Generated by `python -m cli.catalogue`; do not edit.\n"
    plain = json.loads(json.dumps(document(services)))
    return head + str(yaml.safe_dump(plain, sort_keys=False, width=120, allow_unicode=True))
