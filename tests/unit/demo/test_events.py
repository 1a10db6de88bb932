"""What the demo makes of the records of the topics."""

from collections import Counter
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from cli.demo.events import EventLog, Heard
from cli.demo.tale import WHOLE
from shared.events import Envelope

START = datetime(2026, 11, 30, 17, 0, tzinfo=UTC)
PATIENT = uuid4()


def envelope(
    name: str, after_ms: int = 0, *, key: UUID = PATIENT, event_id: UUID | None = None, cause: UUID | None = None
) -> Envelope:
    return Envelope(
        id=event_id or uuid4(), type=f"stillwater.intake.{name}.v1", service="intake", subject=str(key),
        time=START + timedelta(milliseconds=after_ms), key=key, sequence=1, epoch=1, organisation_id=uuid4(),
        clinic_id=None, correlation_id=uuid4(), causation_id=cause, traceparent=None, body=b"{}",
    )  # fmt: skip


def test_an_event_sent_again_is_heard_once() -> None:
    heard: list[Heard] = []
    log = EventLog(START, heard.append)
    event = envelope("LeadReceived")
    log.add(event)
    log.add(event)
    assert [one.name for one in heard] == ["LeadReceived"]
    assert log.of([PATIENT]) == {"LeadReceived": 1}


def test_events_of_an_earlier_story_are_left_out() -> None:
    log = EventLog(START)
    log.add(envelope("LeadReceived", after_ms=-1))
    assert log.heard == []


def test_other_patients_do_not_count() -> None:
    log = EventLog(START)
    log.add(envelope("LeadReceived", key=uuid4()))
    assert log.of([PATIENT]) == {}


def test_an_effect_tells_how_long_after_its_cause_it_came() -> None:
    log = EventLog(START)
    cause, stranger = envelope("OrderSigned"), uuid4()
    for event in (cause, envelope("CoursePlanned", 40, cause=cause.id), envelope("MessageSent", 90, cause=stranger)):
        log.add(event)
    assert [one.after_cause for one in log.heard] == [None, timedelta(milliseconds=40), None]


def test_what_was_not_said_often_enough_is_missing() -> None:
    said = Counter(WHOLE.events)
    assert WHOLE.missing(said) == []
    said["AppointmentBooked"] -= 1
    del said["InvoiceIssued"]
    assert WHOLE.missing(said) == ["AppointmentBooked", "InvoiceIssued"]
