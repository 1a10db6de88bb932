"""Pruning: stored answers live seven days of wall time."""

from datetime import timedelta
from uuid import uuid4

from shared.runtime.prune import prune


async def test_answers_older_than_seven_days_go_and_younger_stay(service):
    pool = await service.database.pool()
    for name, age in (("old", timedelta(days=7, minutes=1)), ("young", timedelta(days=6, hours=23))):
        await pool.execute(
            "INSERT INTO idempotency (organisation_id, subject, route, key, body_mac, created_at)"
            " VALUES ($1, 's', 'r', $2, '', clock_timestamp() - $3::interval)",
            uuid4(), name, age,
        )  # fmt: skip
    assert await prune(service) == 1
    assert await prune(service) == 0
    assert await pool.fetchval("SELECT key FROM idempotency") == "young"
