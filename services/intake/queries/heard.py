"""How far the read models have heard each producer."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from services.intake.schemas.readmodels import HeardView
from shared.aliases import person_ids
from shared.db.unit_of_work import UnitOfWork
from shared.events import SERVICES
from shared.messaging.heard import NOTHING, Known, known_of_all, oldest

CONSUMER = "intake.timeline"
_HEARD = """
SELECT s.service,
  (SELECT max(at) FROM timeline_entry t
   WHERE t.organisation_id = $2 AND t.service = s.service AND t.patient_id = ANY (one_person($3))) AS about_patient,
  (SELECT max(at) FROM timeline_entry t WHERE t.organisation_id = $2 AND t.service = s.service) AS anybody,
  EXISTS (SELECT FROM waiting w WHERE w.consumer = $4 AND w.producer = s.service
          AND ($3::uuid IS NULL OR w.key = ANY (one_person($3)))
          AND w.headers @> jsonb_build_array(jsonb_build_array('ce_organisationid', $2::text))) AS waiting
FROM unnest($1::text[]) WITH ORDINALITY AS s(service, n) ORDER BY s.n
"""


async def heard(uow: UnitOfWork, patient_id: UUID | None = None) -> list[HeardView]:
    """One line per producer; about one patient, or without one about the whole organisation."""
    rows = await uow.sql(_HEARD, list(SERVICES), uow.organisation_id, patient_id, CONSUMER)
    fresh = await _known(uow, patient_id)
    return [
        HeardView(**row._mapping, known_until=fresh[row.service].until, silent=fresh[row.service].stale)
        for row in rows
    ]  # fmt: skip


def known_until(lines: Sequence[HeardView]) -> datetime | None:
    """Until when everything that anybody said is known; None when somebody was never heard."""
    until = [line.known_until for line in lines]
    return None if None in until else min(time for time in until if time)


async def _known(uow: UnitOfWork, patient_id: UUID | None) -> dict[str, Known]:
    if patient_id is not None:
        ids = await person_ids(uow, patient_id)
        return {service: await known_of_all(uow, CONSUMER, service, ids) for service in SERVICES}
    return dict.fromkeys(SERVICES, NOTHING) | await oldest(uow, CONSUMER)
