"""The worklist: items come with one event and go with a later one of the same stream."""

import json
from functools import partial
from uuid import UUID

from services.intake.domain.carework import CARE_EFFECTS
from services.intake.domain.chairwork import CHAIR_EFFECTS
from services.intake.domain.deskwork import DESK_EFFECTS
from services.intake.domain.orderwork import ORDER_EFFECTS
from services.intake.domain.readywork import READY_EFFECTS
from services.intake.domain.recordwork import RECORD_EFFECTS
from services.intake.domain.worklist import Effect, Told, item_id, urgent_from
from services.intake.projections.cause import cause_of
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event

_TABLES = (CARE_EFFECTS, DESK_EFFECTS, CHAIR_EFFECTS, RECORD_EFFECTS, READY_EFFECTS, ORDER_EFFECTS)
# What a person declared done stands in `worklist_finished` too: while the list is built anew, only there.
_NEED = """
INSERT INTO worklist_item AS w (id, organisation_id, clinic_id, patient_id, kind, about, version, state, sequence,
                                since, due_at, urgent_from, facts)
VALUES ($1, $2, $3, $4, $5, $6, 1, 'OPEN', $7, $8, $9, $10, $11::text::jsonb)
ON CONFLICT (id) DO UPDATE SET
  clinic_id = excluded.clinic_id, about = excluded.about, version = w.version + 1, state = 'OPEN',
  sequence = excluded.sequence,
  since = CASE WHEN w.state = 'OPEN'
    AND NOT EXISTS (SELECT FROM worklist_finished f WHERE (f.item_id, f.sequence) = (w.id, w.sequence)) THEN w.since
    ELSE excluded.since END,
  due_at = excluded.due_at, urgent_from = excluded.urgent_from, facts = excluded.facts
WHERE excluded.sequence > w.sequence RETURNING version
"""
_DONE = """
UPDATE worklist_item w SET version = version + 1, state = 'DONE', sequence = $2, claimed_by = NULL, claimed_at = NULL,
                           handed_by = NULL, handed_reason = NULL
WHERE id = $1 AND sequence < $2 AND state = 'OPEN'
  AND NOT EXISTS (SELECT FROM worklist_finished f WHERE (f.item_id, f.sequence) = (w.id, w.sequence))
  AND ($3::uuid IS NULL OR about = $3)
RETURNING version
"""
_BY_HAND = (
    """
    UPDATE worklist_item w SET state = 'DONE'
    WHERE EXISTS (SELECT FROM worklist_finished f WHERE (f.item_id, f.sequence) = (w.id, w.sequence))
    """,
    """
    UPDATE worklist_item w SET claimed_by = l.claimed_by, claimed_at = l.claimed_at, handed_by = l.handed_by,
      handed_reason = l.handed_reason
    FROM public.worklist_item l WHERE l.id = w.id AND w.state = 'OPEN'
    """,
    """
    UPDATE worklist_item w
    SET version = l.version + (to_jsonb(w) - 'version' IS DISTINCT FROM to_jsonb(l) - 'version')::int
    FROM public.worklist_item l WHERE l.id = w.id
    """,
)


async def update_worklist(uow: UnitOfWork, event: Event) -> None:
    """Add, renew or take off what the event is about. An older event that comes later changes nothing."""
    found = [effects for table in _TABLES if (effects := table.get(type(event))) is not None]
    if not found:
        return
    cause = cause_of(uow)
    told = Told(event, cause.time, cause.clinic_id, partial(uow.open, event))
    for effects in found:
        for effect in effects(told):
            await _apply(uow, effect)


async def _apply(uow: UnitOfWork, effect: Effect) -> None:
    cause, row_id = cause_of(uow), item_id(effect.kind, effect.subject)
    if effect.done:
        changed = await uow.sql(_DONE, row_id, cause.sequence, effect.about if effect.of_this else None)
    else:
        changed = await uow.sql(
            _NEED, row_id, uow.organisation_id, cause.clinic_id, cause.key, effect.kind, effect.about, cause.sequence,
            cause.time, effect.due_at, urgent_from(cause.time, effect.due_at), json.dumps(dict(effect.facts)),
        )  # fmt: skip
    for row in changed:
        await uow.audit(
            "update", "worklist_item", row_id, patient_id=cause.key, clinic_id=cause.clinic_id, version=row.version
        )


async def keep_what_people_did(uow: UnitOfWork, patient_id: UUID) -> None:
    """Into items built anew: what was declared done, who has what, and versions that count both."""
    for statement in _BY_HAND:
        await uow.sql(statement)
