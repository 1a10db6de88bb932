"""Pruning by wall time (design: HTTP): stored answers to repeated requests go after 7 days, changes after 24 hours."""

from datetime import timedelta

from shared.runtime.loops import Progress, rest
from shared.service import Service

KEPT = timedelta(days=7)
CHANGES_KEPT = timedelta(hours=24)
_EVERY = 600.0  # seconds
_BATCH = 1000

_DELETE = """
WITH old AS (
  SELECT organisation_id, subject, route, key FROM idempotency
  WHERE created_at < clock_timestamp() - $1::interval ORDER BY created_at LIMIT $2 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM idempotency USING old WHERE (idempotency.organisation_id, idempotency.subject, idempotency.route,
  idempotency.key) = (old.organisation_id, old.subject, old.route, old.key) RETURNING 1)
SELECT count(*) FROM gone
"""
_FORGET = """
WITH old AS (SELECT id FROM change WHERE numbered_at < clock_timestamp() - $1::interval ORDER BY id LIMIT $2),
gone AS (DELETE FROM change USING old WHERE change.id = old.id RETURNING change.id),
noted AS (UPDATE change_counter SET gone = greatest(gone, (SELECT max(id) FROM gone)) WHERE EXISTS (SELECT FROM gone))
SELECT count(*) FROM gone
"""


async def run_pruning(service: Service, progress: Progress) -> None:
    """Delete what is too old, in small batches, every ten minutes."""
    while True:
        for delete in (prune, forget_changes):
            while await delete(service) == _BATCH:
                progress.beat()
        await rest(progress, _EVERY)


async def prune(service: Service) -> int:
    """Delete one batch of answers older than 7 days of wall time; returns how many went."""
    pool = await service.database.pool()
    return int(await pool.fetchval(_DELETE, KEPT, _BATCH))


async def forget_changes(service: Service) -> int:
    """Delete one batch of changes numbered more than 24 hours ago and note how far they are gone."""
    pool = await service.database.pool()
    return int(await pool.fetchval(_FORGET, CHANGES_KEPT, _BATCH))
