"""Pruning: stored answers to repeated requests are kept for 7 days (design: HTTP)."""

from datetime import timedelta

from shared.runtime.loops import Progress, rest
from shared.service import Service

KEPT = timedelta(days=7)
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


async def run_pruning(service: Service, progress: Progress) -> None:
    """Delete what is too old, in small batches, every ten minutes."""
    while True:
        while await prune(service) == _BATCH:
            progress.beat()
        await rest(progress, _EVERY)


async def prune(service: Service) -> int:
    """Delete one batch of answers older than 7 days of wall time; returns how many went."""
    pool = await service.database.pool()
    return int(await pool.fetchval(_DELETE, KEPT, _BATCH))
