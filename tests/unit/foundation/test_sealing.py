"""A sealed value opens for its audience, in its place, and nowhere else."""

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from shared.events.intake import PatientRegistered
from shared.events.parts import Contact, ContactRecord
from shared.sealing import CannotOpen, Keyring, Sealed, event_place, row_place, sealed_fields

OLD, NEW, OTHER = (os.urandom(32) for _ in range(3))


@given(st.binary(max_size=2000))
def test_what_was_sealed_opens_unchanged(plain: bytes) -> None:
    ring = Keyring({"contact": {"k1": OLD}})
    assert ring.open("here", ring.seal("contact", "here", plain)) == plain


@pytest.mark.parametrize(
    ("opener", "place"),
    [
        pytest.param({"contact": {"k1": OLD}}, "there", id="moved to another place"),
        pytest.param({"contact": {"k1": OTHER}}, "here", id="another key under the same id"),
        pytest.param({"contact": {"k2": OLD}}, "here", id="a key id that is not held"),
        pytest.param({"identity": {"k1": OLD}}, "here", id="not of the audience"),
    ],
)
def test_a_sealed_value_does_not_open(opener: dict[str, dict[str, bytes]], place: str) -> None:
    token = Keyring({"contact": {"k1": OLD}}).seal("contact", "here", b"marked")
    with pytest.raises(CannotOpen) as refused:
        Keyring(opener).open(place, token)
    assert "marked" not in str(refused.value)


@pytest.mark.parametrize("token", ["", "v1", "v1.contact.k1.###", "v1.contact.k1.AAAA"])
def test_a_damaged_token_does_not_open(token: str) -> None:
    with pytest.raises(CannotOpen):
        Keyring({"contact": {"k1": OLD}}).open("here", token)


def test_the_newest_key_seals_and_older_ones_still_open() -> None:
    before = Keyring({"contact": {"k1": OLD}}).seal("contact", "here", b"x")
    rotated = Keyring({"contact": {"k1": OLD, "k2": NEW}})
    assert rotated.open("here", before) == b"x"
    assert rotated.seal("contact", "here", b"x").startswith("v1.contact.k2.")


def test_the_same_value_sealed_twice_looks_different() -> None:
    ring = Keyring({"contact": {"k1": OLD}})
    assert ring.seal("contact", "here", b"x") != ring.seal("contact", "here", b"x")


def test_places_of_events_and_rows_differ() -> None:
    assert event_place("1", "contact") != row_place("event", "1", "contact")


def test_an_event_type_names_audience_and_content_of_its_sealed_fields() -> None:
    fields = sealed_fields(PatientRegistered)
    assert {name: field.audience for name, field in fields.items()} == {"identity": "identity", "contact": "contact"}
    assert fields["contact"].inner is ContactRecord


def test_a_plain_value_cannot_be_written_or_shown() -> None:
    plain = Sealed.of(ContactRecord(contact=Contact(given_name="Marked")))
    event = PatientRegistered.model_construct(identity=plain, contact=plain)
    assert "Marked" not in repr(event)
    with pytest.raises(ValueError, match="plain value"):
        event.model_dump_json()


def test_an_empty_sealed_field_is_refused() -> None:
    with pytest.raises(ValidationError):
        PatientRegistered.model_validate({"identity": "", "contact": "x"})
