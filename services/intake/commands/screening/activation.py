"""Rules that came into force are applied to everybody who was screened at the clinic, some patients at a time.

Progress is kept after each part, so that it goes on where it was cut off; deciding somebody twice changes nothing. Who
came to something else is counted in the transaction that decided it, so that a part begun again counts nobody twice.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import Row

from services.intake.commands.answers.asking import ASKS
from services.intake.domain.activating import asks_otherwise, comes_to_the_same, may_be_told
from services.intake.domain.screening import Decision
from shared.clinicfile.store import ActiveClinic, active_clinic, clinic_under
from shared.db.unit_of_work import UnitOfWork
from shared.problems import Problem
from shared.sealing import CannotOpen

PART = 200
GROUP = 20  # patients in one transaction: each holds its lock until the last is decided, some tenths of a second
UNDONE = """
SELECT a.clinic_id, a.organisation_id, a.hash, f.activated_at
FROM clinic_active a JOIN clinic_file f USING (clinic_id, hash) LEFT JOIN rescreening r USING (clinic_id)
WHERE (r.hash, r.activated_at) IS DISTINCT FROM (a.hash, f.activated_at) OR r.finished_at IS NULL
"""
_BEGIN = """
INSERT INTO rescreening AS r
  (clinic_id, organisation_id, hash, activated_at, total, looked, changed, failed, began_at, asks_anew)
SELECT $1, $2, $3, $4, (SELECT count(DISTINCT patient_id) FROM screening WHERE clinic_id = $1), 0, 0, 0, $5,
  $6::boolean
ON CONFLICT (clinic_id) DO UPDATE SET hash = excluded.hash, activated_at = excluded.activated_at,
  total = excluded.total, looked = 0, changed = 0, failed = 0, last_patient_id = NULL, began_at = excluded.began_at,
  finished_at = NULL, asks_anew = excluded.asks_anew
WHERE (r.hash, r.activated_at) IS DISTINCT FROM (excluded.hash, excluded.activated_at)
"""
NEXT = """
SELECT DISTINCT ON (s.patient_id) s.patient_id, s.id, s.screened_at, s.decision,
  EXISTS (SELECT FROM reading_correction c
          WHERE c.patient_id = ANY (one_person(s.patient_id)) AND c.corrected_at >= s.screened_at)
  OR EXISTS (SELECT FROM questionnaire_correction c
             WHERE c.patient_id = ANY (one_person(s.patient_id)) AND c.corrected_at >= s.screened_at) AS corrected_since
FROM screening s
WHERE s.clinic_id = $1 AND ($2::uuid IS NULL OR s.patient_id > $2) ORDER BY s.patient_id, s.version DESC LIMIT $3
"""
_CHANGED = """
UPDATE rescreening SET changed = changed + $4 WHERE clinic_id = $1 AND hash = $2 AND activated_at = $3
"""
_BEGUN = "SELECT hash, last_patient_id, asks_anew, finished_at FROM rescreening WHERE clinic_id = $1"
_DONE = """
UPDATE rescreening SET looked = looked + $5, failed = failed + $6, last_patient_id = $7::uuid,
  finished_at = CASE WHEN $8::boolean THEN $9::timestamptz END
WHERE clinic_id = $1 AND hash = $2 AND activated_at = $3 AND last_patient_id IS NOT DISTINCT FROM $4::uuid
"""


@dataclass(frozen=True, slots=True)
class Activated:
    """Rules in force at a clinic under which not everybody was looked at yet."""

    clinic_id: UUID
    organisation_id: UUID
    hash: str
    activated_at: datetime


@dataclass(frozen=True, slots=True)
class Part:
    """Some patients: who may come to something else, how many there are, and between whom; `last` ends the run.

    `asked_anew`: patients with their screening, if something else may be asked at intake now, and when it is: not while
    whoever was just screened is still filling in forms.
    """

    after: UUID | None
    count: int
    until: UUID | None
    unsure: Sequence[UUID]
    asked_anew: Sequence[tuple[UUID, UUID, datetime]] = ()

    @property
    def last(self) -> bool:
        return self.count < PART


async def next_part(uow: UnitOfWork, activated: Activated) -> Part:
    """Begin the run if it has not begun, and compare the next patients' decisions with what the new rules say."""
    clinic = await active_clinic(uow, activated.clinic_id)
    await uow.sql(
        _BEGIN, activated.clinic_id, activated.organisation_id, activated.hash, activated.activated_at, uow.now,
        await _may_ask_otherwise(uow, clinic),
    )  # fmt: skip
    [begun] = await uow.sql(_BEGUN, activated.clinic_id)
    after: UUID | None = begun.last_patient_id
    rows = await uow.sql(NEXT, activated.clinic_id, after, PART)
    unsure = [row.patient_id for row in rows if not await _stays(uow, clinic, row)]
    wait = timedelta(minutes=clinic.file.assessments.intake_after_minutes)
    asked_anew = [(row.patient_id, row.id, row.screened_at + wait) for row in rows] if begun.asks_anew else []
    return Part(after, len(rows), rows[-1].patient_id if rows else after, unsure, asked_anew)


async def _may_ask_otherwise(uow: UnitOfWork, clinic: ActiveClinic) -> bool:
    """Whether those who were screened before may be asked something else at intake now. If it is not known by which
    file all of them were asked last, they may."""
    earlier = await uow.sql(_BEGUN, clinic.file.clinic_id)
    if not earlier or earlier[0].finished_at is None:
        return True
    try:
        before = await clinic_under(uow, clinic.file.clinic_id, earlier[0].hash)
    except Problem:
        return True
    return asks_otherwise(before.file, clinic.file)


async def _stays(uow: UnitOfWork, clinic: ActiveClinic, row: Row[Any]) -> bool:
    """Whether a decision can tell that it stays the same; one that cannot be read tells nothing, of this patient, and
    one from before a correction nothing either: the facts that it keeps are not those that count."""
    if row.corrected_since:
        return False
    try:
        decision = uow.open_column("screening", "decision", row.id, row.decision, Decision)
    except (CannotOpen, ValidationError):
        return False
    return await same_under(uow, clinic, decision)


async def same_under(uow: UnitOfWork, clinic: ActiveClinic, decision: Decision) -> bool:
    """Whether the clinic's rules come to the same as those of the decision, as far as it can tell by itself."""
    try:
        before = await clinic_under(uow, clinic.file.clinic_id, decision.rule_set_hash)
    except Problem:
        return False
    if before.hash == clinic.hash:
        return True
    asked = ("may be told", before.hash, clinic.hash)
    if asked not in uow.once:
        uow.once[asked] = may_be_told(before.file, clinic.file)
    return bool(uow.once[asked]) and comes_to_the_same(decision, clinic.file, clinic.hash)


async def count_changed(uow: UnitOfWork, activated: Activated, changed: int) -> None:
    """Count who came to something else, with what was decided; nothing when other rules came into force."""
    if changed:
        await uow.sql(_CHANGED, activated.clinic_id, activated.hash, activated.activated_at, changed)


async def part_done(uow: UnitOfWork, activated: Activated, part: Part, *, failed: int) -> None:
    """Keep how far it is; nothing happens when somebody else was faster, or other rules came into force.

    Whoever may be asked something else at intake is looked at next, by the worker (`ask_at_intake`).
    """
    version = int(activated.activated_at.timestamp() * 1_000_000)
    for patient_id, screening_id, due_at in part.asked_anew:
        when = max(due_at, uow.now)
        await uow.schedule(ASKS, screening_id, version, when, key=patient_id, clinic_id=activated.clinic_id)
    await uow.sql(
        _DONE, activated.clinic_id, activated.hash, activated.activated_at, part.after, part.count, failed, part.until,
        part.last, uow.now,
    )  # fmt: skip
    await uow.audit(
        "operate", "rescreening", activated.clinic_id, clinic_id=activated.clinic_id,
        reason="finished" if part.last else "part",
    )  # fmt: skip
