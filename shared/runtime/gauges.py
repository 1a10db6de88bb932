"""Gauges that only the database knows: how much waits to be sent, since when, and how many patients are parked."""

from shared.runtime.loops import Progress, rest
from shared.runtime.metrics import OUTBOX_AGE, OUTBOX_DEPTH, PARKED
from shared.service import Service

_EVERY = 5.0  # seconds
_READ = """
SELECT (SELECT count(*) FROM outbox WHERE sent_at IS NULL),
       (SELECT coalesce(extract(epoch FROM clock_timestamp() - min(created_at)), 0) FROM outbox WHERE sent_at IS NULL),
       (SELECT count(*) FROM stream WHERE parked_since IS NOT NULL)
"""


async def run_gauges(service: Service, progress: Progress) -> None:
    """Refresh the gauges every five seconds."""
    pool = await service.database.pool()
    while True:
        depth, age, parked = await pool.fetchrow(_READ)
        OUTBOX_DEPTH.labels(service.name).set(depth)
        OUTBOX_AGE.labels(service.name).set(float(age))
        PARKED.labels(service.name).set(parked)
        await rest(progress, _EVERY)
