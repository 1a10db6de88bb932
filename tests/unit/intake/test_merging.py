"""Whole records: what is looked at twice before two are merged, and what a person does after that or an emergency."""

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.merging import differences
from services.intake.domain.person import Person
from services.intake.domain.recordwork import RECORD_EFFECTS
from services.intake.domain.worklist import BY_HAND, ROLES, Effect, Kind, Told, screening_subject
from shared.events.intake import PatientMerged, PatientUnlinked, RecordOpened
from shared.ids import named_id

NOON = datetime(2026, 11, 26, 19, tzinfo=UTC)
SURVIVOR, ABSORBED, MERGE, CLINIC, OTHER = (named_id("test", n) for n in ("survivor", "absorbed", "merge", "c", "d"))


def person(**changes: Any) -> Person:
    known: dict[str, Any] = {
        "given_name": "Juniper", "family_name": "Ashdown", "birth_date": date(1986, 3, 14), "sex_at_birth": "female",
        "record_number": "000001",
    }  # fmt: skip
    return Person(**known | changes)


@pytest.mark.parametrize(
    ("other", "found"),
    [
        ({}, []),
        ({"record_number": "000002", "preferred_name": "June", "language": "es"}, []),
        ({"given_name": "JUNIPER", "family_name": "ashdown"}, []),
        ({"birth_date": date(1986, 3, 15)}, ["BIRTH_DATE"]),
        ({"sex_at_birth": "unknown"}, ["SEX_AT_BIRTH"]),
        ({"given_name": "Juno"}, ["GIVEN_NAME"]),
        ({"family_name": "Ashdown-Vale", "sex_at_birth": "male"}, ["SEX_AT_BIRTH", "FAMILY_NAME"]),
    ],
)
def test_whatever_the_records_contradict_each_other_in_is_to_be_named(other: dict[str, Any], found: list[str]) -> None:
    assert list(differences(person(), person(**other))) == found
    assert list(differences(person(**other), person())) == found


def effects(event: PatientMerged | PatientUnlinked) -> list[Effect]:
    return list(RECORD_EFFECTS[type(event)](Told(event, NOON, CLINIC, lambda _: None)))


def merged(key: UUID, look_by: datetime | None = None) -> PatientMerged:
    return PatientMerged(
        merge_id=MERGE, patient_id=key, absorbed_id=ABSORBED, survivor_id=SURVIVOR, version=1, merged_at=NOON,
        screened_from=4, clinics=(CLINIC, OTHER), look_by=look_by,
    )  # fmt: skip


def test_a_merge_asks_for_one_look_at_both_before_the_next_session() -> None:
    assert effects(merged(SURVIVOR, NOON)) == [Effect(Kind.RECORDS_MERGED, MERGE, MERGE, due_at=NOON)]
    assert "frontdesk" not in ROLES[Kind.RECORDS_MERGED]
    assert Kind.RECORDS_MERGED in BY_HAND


def test_what_was_to_be_reviewed_of_the_absorbed_record_is_over_at_every_clinic() -> None:
    ended = effects(merged(ABSORBED))
    assert all(effect.done and effect.kind is Kind.SCREENING_REVIEW for effect in ended)
    assert [effect.subject for effect in ended] == [screening_subject(ABSORBED, c) for c in (CLINIC, OTHER)]


def test_a_record_that_was_opened_in_an_emergency_is_looked_at_by_those_who_answer_for_privacy() -> None:
    opened = RecordOpened(grant_id=MERGE, patient_id=SURVIVOR, opened_at=NOON, until=NOON)
    (effect,) = RECORD_EFFECTS[RecordOpened](Told(opened, NOON, CLINIC, lambda _: None))
    assert effect == Effect(Kind.BREAK_GLASS, MERGE, MERGE, due_at=NOON)
    assert ROLES[Kind.BREAK_GLASS] == ("director", "admin")


@pytest.mark.parametrize(("key", "ends"), [(SURVIVOR, [True]), (ABSORBED, [])])
def test_a_merge_that_is_taken_back_needs_no_look_and_only_one_stream_says_so(key: UUID, ends: list[bool]) -> None:
    event = PatientUnlinked(
        merge_id=MERGE, patient_id=key, absorbed_id=ABSORBED, survivor_id=SURVIVOR, version=2, unlinked_at=NOON,
        screened_from=6,
    )  # fmt: skip
    assert [effect.done for effect in effects(event)] == ends
