"""Ids that are one person: records which staff merged in intake (design: merge).

Nothing is re-keyed. Rows keep the id that they were written under, and are looked at together by `one_person`, a
function of every service's database; what is told later about the absorbed id therefore counts for the survivor, in
whatever order it comes, and taking the merge back loses nothing.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, func
from sqlmodel import col

from shared.db.unit_of_work import UnitOfWork
from shared.events.intake import PatientMerged, PatientUnlinked
from shared.problems import problem_kind

PATIENT_MERGED = problem_kind(
    "PATIENT_MERGED", 409, "This record was merged into another one", "Use the record in params: it shows both."
)
_KEEP = """
INSERT INTO patient_alias AS a (patient_id, organisation_id, survivor_id, version, merged, screened_from)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (patient_id) DO UPDATE SET survivor_id = excluded.survivor_id, version = excluded.version,
  merged = excluded.merged, screened_from = excluded.screened_from
WHERE excluded.version > a.version RETURNING true
"""
_PEOPLE = """
SELECT p.id, one_person(p.id) AS ids, a.survivor_id
FROM unnest($1::uuid[]) AS p(id) LEFT JOIN patient_alias a ON a.patient_id = p.id AND a.merged
"""
_KNOWN = "who is one person"  # under this name a unit of work keeps what was looked up
_SCREENED_FROM = """
SELECT coalesce(max(screened_from), 0) AS version FROM patient_alias
WHERE patient_id = ANY (one_person($1)) OR survivor_id = ANY (one_person($1))
"""


@dataclass(frozen=True, slots=True)
class Alias:
    """`patient_id` is `survivor_id` while it is `merged`; the higher version wins.

    `screened_from`: a screening of either record with a lower version was decided on half, or too much, of the history.
    """

    patient_id: UUID
    survivor_id: UUID
    version: int
    merged: bool
    screened_from: int


@dataclass(frozen=True, slots=True)
class OnePerson:
    """Who an id is: every id of that person, and the one under which new things are written."""

    survivor_id: UUID
    ids: frozenset[UUID]


def of_person(column: Any, patient_id: UUID) -> ColumnElement[bool]:
    """SQL: the column holds an id of whoever `patient_id` is."""
    return col(column) == func.any(func.one_person(patient_id))


async def person_ids(uow: UnitOfWork, patient_id: UUID) -> frozenset[UUID]:
    """Every id of whoever `patient_id` is, its own among them."""
    [row] = await uow.sql("SELECT one_person($1) AS ids", patient_id)
    return frozenset(row.ids)


async def survivor_of(uow: UnitOfWork, patient_id: UUID) -> UUID:
    """The id under which new things about the person are written."""
    rows = await uow.sql("SELECT survivor_id FROM patient_alias WHERE patient_id = $1 AND merged", patient_id)
    return rows[0].survivor_id if rows else patient_id


async def survivors_of(uow: UnitOfWork, patient_ids: set[UUID]) -> dict[UUID, UUID]:
    """Of several at once: each id with the one under which new things about the person are written."""
    merged = "SELECT patient_id, survivor_id FROM patient_alias WHERE patient_id = ANY ($1) AND merged"
    rows = await uow.sql(merged, sorted(patient_ids)) if patient_ids else []
    return {patient_id: patient_id for patient_id in patient_ids} | {row.patient_id: row.survivor_id for row in rows}


async def looked_up(uow: UnitOfWork, patient_ids: Collection[UUID]) -> dict[UUID, OnePerson]:
    """Who each of them is by now, by one statement. Whoever has locked the records asks `people` from then on."""
    rows = await uow.sql(_PEOPLE, sorted({*patient_ids})) if patient_ids else []
    found = {row.id: OnePerson(row.survivor_id or row.id, frozenset(row.ids)) for row in rows}
    uow.once.setdefault(_KNOWN, {}).update(found)
    return found


async def people(uow: UnitOfWork, patient_ids: Collection[UUID]) -> dict[UUID, OnePerson]:
    """The same as this transaction looked it up before, or keeps it since; only what it does not know yet is read.

    Under a record's lock nobody else merges it, or takes that back: both lock the two records first.
    """
    known: dict[UUID, OnePerson] = uow.once.get(_KNOWN, {})
    unknown = [patient_id for patient_id in patient_ids if patient_id not in known]
    found = {**known, **await looked_up(uow, unknown)}
    return {patient_id: found[patient_id] for patient_id in patient_ids}


async def require_unmerged(uow: UnitOfWork, patient_id: UUID) -> None:
    """A record that was merged into another one takes nothing new. Raises PATIENT_MERGED, which names the other."""
    survivor_id = await survivor_of(uow, patient_id)
    if survivor_id != patient_id:
        raise PATIENT_MERGED(params={"survivor_id": str(survivor_id)})


async def screened_from(uow: UnitOfWork, patient_id: UUID) -> int:
    """The version from which on screenings of this person stand."""
    [row] = await uow.sql(_SCREENED_FROM, patient_id)
    return int(row.version)


async def keep_alias(uow: UnitOfWork, alias: Alias) -> bool:
    """Keep what is known of an id, unless something newer is. Returns whether it was kept."""
    kept = await uow.sql(
        _KEEP, alias.patient_id, uow.organisation_id, alias.survivor_id, alias.version, alias.merged,
        alias.screened_from,
    )  # fmt: skip
    uow.once.pop(_KNOWN, None)
    if kept:
        await uow.audit(
            "update", "patient_alias", alias.patient_id, patient_id=alias.patient_id, version=alias.version
        )  # fmt: skip
    return bool(kept)


def told_of(event: PatientMerged | PatientUnlinked) -> Alias:
    """What an event says of the absorbed id."""
    return Alias(event.absorbed_id, event.survivor_id, event.version, event.state == "MERGED", event.screened_from)
