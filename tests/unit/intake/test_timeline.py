"""What an entry of the timeline says, and what of it a patient is shown."""

import pytest

from services.intake.domain.timeline import PATIENT_SEES, SHOWN_TO_PATIENTS, code_of, shown_to_patient
from shared.events import REGISTRY, Event
from shared.events.intake import OrderSigned, SafetyConcernRaised, ScreeningReviewed
from shared.events.scheduling import AppointmentBooked, SlotClaimed, SlotOfferClosed, SlotOffered, VitalAlertRaised
from shared.sealing import sealed_fields


@pytest.mark.parametrize(
    ("event_type", "code"),
    [
        ("stillwater.scheduling.AppointmentBooked.v1", "APPOINTMENT_BOOKED"),
        ("stillwater.intake.SafetyConcernRaised.v12", "SAFETY_CONCERN_RAISED"),
        ("stillwater.notifications.OptOutReceived.v1", "OPT_OUT_RECEIVED"),
        ("stillwater.intake.Phq9Scored.v1", "PHQ9_SCORED"),
    ],
)
def test_a_code_is_the_name_of_the_event(event_type: str, code: str) -> None:
    assert code_of(event_type) == code


def test_every_event_has_a_code_of_its_own() -> None:
    assert len({code_of(event_type) for event_type in REGISTRY}) == len(REGISTRY)


@pytest.mark.parametrize("event", PATIENT_SEES, ids=lambda event: event.__name__)
def test_a_patient_is_shown_clear_fields_that_the_event_has(event: type[Event]) -> None:
    assert set(PATIENT_SEES[event]) <= set(event.model_fields) - set(sealed_fields(event)) - {"patient_id"}


@pytest.mark.parametrize(
    ("event", "code", "facts", "shown"),
    [
        (
            SlotOffered, "SLOT_OFFERED", {"starts_at": "s", "previous_starts_at": "p", "expires_at": "e", "version": 1},
            {"starts_at": "s", "previous_starts_at": "p", "expires_at": "e"},
        ),
        (SlotClaimed, "SLOT_CLAIMED", {"offer_id": "1", "by": "STAFF", "version": 2}, {"offer_id": "1"}),
        (SlotOfferClosed, "SLOT_OFFER_CLOSED", {"state": "LOST", "version": 2}, {"state": "LOST"}),
    ],
)  # fmt: skip
def test_a_patient_sees_what_was_offered_and_what_became_of_it(
    event: type[Event], code: str, facts: dict[str, object], shown: dict[str, object]
) -> None:
    assert event.type in SHOWN_TO_PATIENTS
    assert (code_of(event.type), shown_to_patient(event.type, facts)) == (code, shown)


def test_what_is_not_for_patients_is_left_out() -> None:
    facts = {"appointment_id": "1", "location": "main", "version": 3, "reason": "OTHER"}
    assert shown_to_patient(AppointmentBooked.type, facts) == {"appointment_id": "1", "location": "main"}
    for event in (OrderSigned, SafetyConcernRaised, ScreeningReviewed, VitalAlertRaised):
        assert event.type not in SHOWN_TO_PATIENTS
