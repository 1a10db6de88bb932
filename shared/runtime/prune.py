"""Pruning by wall time: stored answers to repeated requests go after 7 days, changes after 24 hours, timers 90 days
after they were done; what read models applied goes by the month where that is set. The outbox is an archive and stays.
"""

from datetime import timedelta

from shared.clock import wall_now
from shared.db.months import drop_months, make_months
from shared.runtime.loops import Progress, rest
from shared.service import Service

KEPT = timedelta(days=7)
CHANGES_KEPT = timedelta(hours=24)
TIMERS_KEPT = timedelta(days=90)  # until then the same thing made due again is known to have been done
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

_FORGET_TIMERS = """
WITH old AS (
  SELECT kind, aggregate_id, version FROM timer
  WHERE state IN ('DONE', 'STALE') AND settled_at < clock_timestamp() - $1::interval
  ORDER BY settled_at LIMIT $2 FOR UPDATE SKIP LOCKED),
gone AS (DELETE FROM timer t USING old WHERE (t.kind, t.aggregate_id, t.version) = (old.kind, old.aggregate_id,
  old.version) RETURNING 1)
SELECT count(*) FROM gone
"""


async def run_pruning(service: Service, progress: Progress) -> None:
    """Delete what is too old, in small batches, every ten minutes."""
    while True:
        await keep_months(service)
        for delete in (prune, forget_changes, forget_timers):
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


async def forget_timers(service: Service) -> int:
    """Delete one batch of timers done or stale for more than 90 days; returns how many went."""
    pool = await service.database.pool()
    return int(await pool.fetchval(_FORGET_TIMERS, TIMERS_KEPT, _BATCH))


async def keep_months(service: Service) -> int:
    """Make the months ahead for what read models applied, and drop those that the settings keep no longer."""
    pool, today = await service.database.pool(), wall_now().date()
    await make_months(pool, "applied_event", "applied_at", today)
    kept = service.settings.applied_months
    return await drop_months(pool, "applied_event", today, kept) if kept else 0
