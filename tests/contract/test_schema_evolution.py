"""Mutations of the real events: the check that guards the build refuses what breaks others, and nothing else."""

from typing import Any

import pytest

from shared.events import golden
from shared.events.compatibility import evolution
from tests.support.edits import Edit, drop, free, less, more, mutated, need, put, rename

SIGNED = "stillwater.intake.OrderSigned.v1"
SCREENED = "stillwater.intake.PatientScreened.v1"
REGISTERED = "stillwater.intake.PatientRegistered.v1"
CONCERN = "stillwater.intake.SafetyConcernRaised.v1"
CANCELLED = "stillwater.scheduling.AppointmentCancelled.v1"
PLANNED = "stillwater.scheduling.CoursePlanned.v1"
COMPLETED = "stillwater.scheduling.SessionCompleted.v1"
ESTIMATE = "stillwater.billing.EstimateIssued.v1"
OPTED_OUT = "stillwater.notifications.OptOutReceived.v1"
ORDER = f"{SIGNED}/properties/order/x-sealed"
MODALITY = f"{ORDER}/$defs/Modality/enum"
MONEY = f"{ESTIMATE}/properties/estimate/x-sealed/$defs/Money"
OPTIONAL = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}


EVENTS_BROKEN = {
    "an event removed": ((drop(OPTED_OUT),), f"{OPTED_OUT}: went"),
    "an event renamed": ((rename(CANCELLED, "stillwater.scheduling.VisitCancelled.v1"),), f"{CANCELLED}: went"),
    "a new major in place of the old": ((rename(SIGNED, SIGNED.replace("v1", "v2")),), f"{SIGNED}: went"),
    "a field removed": ((drop(f"{SIGNED}/properties/expires_at"),), f"{SIGNED}: expires_at: went"),
    "an optional field removed": ((drop(f"{CANCELLED}/properties/course_id"),), f"{CANCELLED}: course_id: went"),
    "a field renamed": (
        (rename(f"{COMPLETED}/properties/discharged_at", "ended_at"),), f"{COMPLETED}: discharged_at: went",
    ),
    "a unit changed in a name": (
        (rename(f"{ORDER}/properties/dose_mg", "dose_g"),), f"{SIGNED}: order.dose_mg: went",
    ),
    "a unit of time changed in a name": (
        (rename(f"{ORDER}/properties/minutes", "seconds"),), f"{SIGNED}: order.minutes: went",
    ),
    "a field that is needed added": (
        (put(f"{PLANNED}/properties/location", {"type": "string"}), need(f"{PLANNED}/properties/location")),
        f"{PLANNED}: location: came and is needed",
    ),
    "an optional field made needed": (
        (need(f"{CANCELLED}/properties/session_number"),), f"{CANCELLED}: session_number: became needed",
    ),
    "a field made optional": ((free(f"{CANCELLED}/properties/late"),), f"{CANCELLED}: late: became optional"),
    "a type changed": (
        (put(f"{ORDER}/properties/dose_mg/type", "string"),),
        f"{SIGNED}: order.dose_mg: type was 'integer' and is 'string'",
    ),
    "a type widened": (
        (put(f"{ORDER}/properties/dose_mg/type", "number"),),
        f"{SIGNED}: order.dose_mg: type was 'integer' and is 'number'",
    ),
    "null allowed": (
        (put(f"{PLANNED}/properties/zone", {"anyOf": [{"type": "string"}, {"type": "null"}]}),),
        f"{PLANNED}: zone: anyOf came",
    ),
    "null allowed no longer": (
        (put(f"{CANCELLED}/properties/session_number", {"type": "integer", "default": 0}),),
        f"{CANCELLED}: session_number: anyOf went",
    ),
    "an enum value removed": ((less(MODALITY, "IV_PAIN"),), f"{SIGNED}: order.modality: value 'IV_PAIN' went"),
    "an enum value added to a closed field": (
        (more(MODALITY, "SUBCUTANEOUS"),), f"{SIGNED}: order.modality: value 'SUBCUTANEOUS' came to a closed field",
    ),
    "an enum value renamed inside a list": (
        (
            less(f"{SCREENED}/properties/summary/x-sealed/$defs/Outcome/enum", "DEFERRED"),
            more(f"{SCREENED}/properties/summary/x-sealed/$defs/Outcome/enum", "POSTPONED"),
        ),
        f"{SCREENED}: summary.outcomes[].outcome: value 'POSTPONED' came to a closed field",
    ),
    "an enumeration opened": ((drop(MODALITY),), f"{SIGNED}: order.modality: enum went"),
    "free text narrowed to an enumeration": (
        (put(f"{CONCERN}/properties/detail/x-sealed/properties/risk/enum", ["LOW", "HIGH"]),),
        f"{CONCERN}: detail.risk: enum came",
    ),
    "a pattern tightened": (
        (put(f"{MONEY}/properties/currency/pattern", "^USD$"),),
        f"{ESTIMATE}: estimate.total.currency: pattern was '^[A-Z]{{3}}$' and is '^USD$'",
    ),
    "a pattern dropped": (
        (drop(f"{MONEY}/properties/currency/pattern"),),
        f"{ESTIMATE}: estimate.lines[].unit.currency: pattern was '^[A-Z]{{3}}$' and is None",
    ),
    "a limit tightened": (
        (put(f"{MONEY}/properties/amount_cents/minimum", 1),),
        f"{ESTIMATE}: estimate.alternatives[].price.amount_cents: minimum was 0 and is 1",
    ),
    "a default changed": (
        (put(f"{REGISTERED}/properties/identity/x-sealed/properties/language/default", "es"),),
        f"{REGISTERED}: identity.language: default was 'en' and is 'es'",
    ),
    "a constant changed": (
        (put(f"{CONCERN}/properties/state/const", "RAISED"),),
        f"{CONCERN}: state: const was 'OPEN' and is 'RAISED'",
    ),
    "a date for an instant": (
        (put(f"{PLANNED}/properties/first_starts_at/format", "date"),),
        f"{PLANNED}: first_starts_at: format was 'date-time' and is 'date'",
    ),
    "a field removed deep inside": (
        (drop(f"{PLANNED}/properties/plan/x-sealed/$defs/CourseSession/properties/ends_at"),),
        f"{PLANNED}: plan.sessions[].ends_at: went",
    ),
    "a field removed behind null": (
        (drop(f"{REGISTERED}/properties/identity/x-sealed/$defs/Address/properties/postal_code"),),
        f"{REGISTERED}: identity.address.postal_code: went",
    ),
    "a list made one thing": (
        (put(f"{REGISTERED}/properties/identity/x-sealed/properties/allergies", {"type": "string", "default": []}),),
        f"{REGISTERED}: identity.allergies: items went",
    ),
    "sealed for others": (
        (put(f"{REGISTERED}/properties/contact/x-audience", "clinical"),),
        f"{REGISTERED}: contact: x-audience was 'contact' and is 'clinical'",
    ),
    "sealed no longer": ((drop(f"{SIGNED}/properties/order/x-sealed"),), f"{SIGNED}: order: x-sealed went"),
    "a stop fact that overtakes no longer": (
        (put(f"{CONCERN}/x-overtakes", False),), f"{CONCERN}: the event: x-overtakes was True and is False",
    ),
}  # fmt: skip
EVENTS_BEAR = {
    "a new event": (put("stillwater.intake.PatientForgotten.v1", {"properties": {}, "type": "object"}),),
    "a new major beside the old": (put(SIGNED.replace("v1", "v2"), {"properties": {}, "type": "object"}),),
    "an optional field": (put(f"{PLANNED}/properties/location", OPTIONAL),),
    "an optional sealed field": (
        put(f"{PLANNED}/properties/note", OPTIONAL | {"x-audience": "clinical", "x-sealed": {"type": "string"}}),
    ),
    "an optional field inside what is sealed": (put(f"{ORDER}/properties/site", OPTIONAL),),
    "an optional field deep inside": (
        put(f"{PLANNED}/properties/plan/x-sealed/$defs/CourseSession/properties/room", OPTIONAL),
    ),
    "an optional list": (put(f"{COMPLETED}/properties/codes", {"type": "array", "items": {}, "default": []}),),
    "another description": (put(f"{SIGNED}/description", "A dose was ordered."),),
    "another title": (put(f"{ORDER}/properties/dose_mg/title", "Dose in mg"),),
    "an example": (put(f"{ORDER}/properties/dose_mg/examples", [40]),),
}


@pytest.fixture(scope="module")
def events() -> dict[str, Any]:
    return golden.kept()


@pytest.mark.parametrize(("edits", "says"), EVENTS_BROKEN.values(), ids=EVENTS_BROKEN)
def test_a_mutation_that_breaks_readers_of_an_event_is_refused(
    events: dict[str, Any], edits: tuple[Edit, ...], says: str
) -> None:
    assert says in evolution(events, mutated(events, edits))


@pytest.mark.parametrize("edits", EVENTS_BEAR.values(), ids=EVENTS_BEAR)
def test_a_mutation_that_only_adds_to_the_events_passes(events: dict[str, Any], edits: tuple[Edit, ...]) -> None:
    assert evolution(events, mutated(events, edits)) == []
