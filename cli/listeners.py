"""Who hears what: the services' subscriptions turned round."""

from collections.abc import Iterable

from shared.events import Event
from shared.service import Definition


def listeners(services: Iterable[Definition]) -> dict[type[Event], list[str]]:
    """Which services hear each event, in commands or projections."""
    heard: dict[type[Event], list[str]] = {}
    for definition in services:
        for event in {**definition.subscriptions, **definition.projections}:
            heard.setdefault(event, []).append(definition.name)
    return heard
