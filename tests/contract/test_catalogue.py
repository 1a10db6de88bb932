"""docs/events.md tells what the code does, and nobody listens to an event that nobody says."""

import pytest

from cli.catalogue import PAGE, render
from cli.house import definitions
from shared.events import REGISTRY, SERVICES

DEFINITIONS = definitions()


def test_the_catalogue_of_events_is_current():
    assert PAGE.read_text() == render(DEFINITIONS), "run python -m cli.catalogue"


def test_the_catalogue_names_every_event_with_its_fields():
    page = render(DEFINITIONS)
    for event in REGISTRY.values():
        assert f"## {event.__name__}\n" in page
        assert f"`{event.type}`" in page
        for name in event.model_fields:
            assert f"| `{name}` |" in page


@pytest.mark.parametrize("definition", DEFINITIONS, ids=lambda d: d.name)
def test_a_service_subscribes_to_registered_events_with_named_handlers(definition):
    assert set(definition.subscriptions) <= set(REGISTRY.values())
    for event, handler in definition.subscriptions.items():
        assert handler.__name__.startswith("on_"), event.__name__
        assert handler.__module__.startswith(f"services.{definition.name}.")
        assert handler.__doc__, handler.__name__


def test_the_four_services_are_defined_under_their_names():
    assert [definition.name for definition in DEFINITIONS] == list(SERVICES)
