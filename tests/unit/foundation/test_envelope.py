"""An envelope survives Kafka headers, and a record that lacks what we need says which header."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from shared.events import Envelope, Malformed
from shared.events.envelope import topic_of
from shared.ids import new_id


def envelope(**over: object) -> Envelope:
    values: dict[str, object] = {
        "id": new_id(),
        "type": "stillwater.intake.OrderRevoked.v1",
        "service": "intake",
        "subject": str(new_id()),
        "time": datetime(2026, 11, 30, 17, 0, 0, 1, tzinfo=UTC),
        "key": new_id(),
        "sequence": 7,
        "epoch": 1,
        "organisation_id": new_id(),
        "clinic_id": new_id(),
        "correlation_id": new_id(),
        "causation_id": new_id(),
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
        "body": b"{}",
    }
    return Envelope(**(values | over))  # type: ignore[arg-type]


@pytest.mark.parametrize("absent", [{}, {"clinic_id": None}, {"causation_id": None, "traceparent": None}])
def test_an_envelope_survives_the_headers(absent: dict[str, None]) -> None:
    sent = envelope(**absent)
    assert Envelope.from_record(sent.body, sent.headers()) == sent


def test_headers_are_cloudevents_binary_mode() -> None:
    headers = dict(envelope().headers())
    assert headers["ce_specversion"] == b"1.0"
    assert headers["ce_source"] == b"/stillwater/intake"
    assert headers["ce_dataschema"] == b"urn:stillwater:schema:stillwater.intake.OrderRevoked.v1"
    assert headers["content-type"] == b"application/json"


@pytest.mark.parametrize("header", ["ce_id", "ce_type", "ce_partitionkey", "ce_sequence", "ce_time", "ce_source"])
def test_a_missing_header_is_named(header: str) -> None:
    headers = [pair for pair in envelope().headers() if pair[0] != header]
    with pytest.raises(Malformed, match=header):
        Envelope.from_record(b"{}", headers)


@pytest.mark.parametrize(("header", "value"), [("ce_id", b"x"), ("ce_sequence", b"one"), ("ce_time", b"\xff")])
def test_an_unreadable_header_is_malformed_and_not_echoed(header: str, value: bytes) -> None:
    headers = [(name, value if name == header else raw) for name, raw in envelope().headers()]
    with pytest.raises(Malformed) as refused:
        Envelope.from_record(b"{}", headers)
    assert value.decode(errors="replace") not in str(refused.value).split()


def test_an_absent_body_is_empty() -> None:
    assert Envelope.from_record(None, envelope().headers()).body == b""


def test_topics_are_named_after_their_owner() -> None:
    assert topic_of("billing") == "stillwater.billing.v1"
    assert isinstance(envelope().key, UUID)
