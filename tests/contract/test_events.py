"""What holds for every event: an owner, words, the patient's key, and whole state where a stop fact overtakes."""

import re

import pytest

from shared.events import REGISTRY, SERVICES
from shared.events import parts as parts_module
from shared.events.parts import Part
from shared.sealing import sealed_fields

EVENTS = pytest.mark.parametrize("event", REGISTRY.values(), ids=lambda e: e.__name__)
AUDIENCES = {"identity", "contact", "clinical"}
PAST = re.compile(r"(ed|Due|Overdue|Sent|Met|Begun|Paid|Withdrawn|CheckedIn)$")
PERSONAL = re.compile(r"name|phone|email|address|birth|score|dose|reason_text|note|diagnos|comment|message_text")


@EVENTS
def test_an_event_is_registered_under_the_module_of_its_owner(event):
    assert event.service in SERVICES
    assert event.__module__ == f"shared.events.{event.service}"
    assert event.type == f"stillwater.{event.service}.{event.__name__}.v{event.major}"


@EVENTS
def test_an_event_is_in_the_past_tense_and_says_what_it_means(event):
    assert PAST.search(event.__name__), event.__name__
    assert event.__doc__
    assert len(event.__doc__) > 20
    assert event.__doc__ != event.__mro__[1].__doc__


OF_A_CLINIC = {"StockDiscrepancyOpened"}  # facts about a clinic's stock, keyed by the clinic


@EVENTS
def test_an_event_names_its_aggregate_first_and_its_patient(event):
    first = next(iter(event.model_fields))
    assert first.endswith("_id")
    assert ("patient_id" in event.model_fields) is (event.__name__ not in OF_A_CLINIC)


@EVENTS
def test_what_could_be_personal_is_sealed(event):
    clear = [name for name in event.model_fields if name not in sealed_fields(event)]
    assert [name for name in clear if PERSONAL.search(name)] == []


@EVENTS
def test_a_sealed_field_has_a_known_audience_and_a_documented_part(event):
    for field in sealed_fields(event).values():
        assert field.audience in AUDIENCES
        assert issubclass(field.inner, Part)
        assert field.inner.__doc__


@EVENTS
def test_an_event_is_frozen_and_ignores_what_a_newer_producer_added(event):
    assert event.model_config["frozen"] is True
    assert event.model_config["extra"] == "ignore"


OVERTAKING = [event for event in REGISTRY.values() if event.overtakes]


@pytest.mark.parametrize("stop", OVERTAKING, ids=lambda e: e.__name__)
def test_all_events_of_an_aggregate_with_a_stop_fact_carry_state_and_version(stop):
    aggregate = next(iter(stop.model_fields))
    family = [e for e in REGISTRY.values() if e.service == stop.service and next(iter(e.model_fields)) == aggregate]
    assert stop in family
    for event in family:
        assert {"version", "state"} <= set(event.model_fields), event.__name__


def test_the_stop_facts_are_those_that_must_overtake():
    assert {event.__name__ for event in OVERTAKING} == {
        "SafetyConcernRaised", "OptOutReceived", "ConsentRevoked", "OrderRevoked", "AppointmentCancelled",
    }  # fmt: skip


def test_every_part_is_frozen():
    found = [p for p in vars(parts_module).values() if isinstance(p, type) and issubclass(p, Part)]
    assert len(found) > 10
    assert all(part.model_config["frozen"] for part in found)
