"""Pruning by wall time: what is deleted in batches, what goes by the month, and what stays."""

from datetime import date, timedelta
from uuid import uuid4

import pytest

from shared.clock import wall_now
from shared.db.machinery import STORAGE
from shared.db.months import drop_months, make_months, months
from shared.events import SERVICES
from shared.runtime.prune import forget_timers, keep_months, prune

_APPLIED = """
INSERT INTO applied_event (consumer, producer, key, seq, type, headers, body, applied_at)
VALUES ('scheduling.timeline', 'intake', $1, 1, 't', '[]', '', $2)
"""
_MONTHS = "SELECT tableoid::regclass::text FROM applied_event ORDER BY applied_at"


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


async def test_timers_done_long_ago_go_and_whatever_a_person_may_need_stays(service):
    pool = await service.database.pool()
    old, young = timedelta(days=90, minutes=1), timedelta(days=89)
    for kind, state, age in (
        ("done", "DONE", old), ("stale", "STALE", old), ("late", "DONE", young), ("failed", "FAILED", old),
        ("due", "DUE", None),
    ):  # fmt: skip
        await pool.execute(
            "INSERT INTO timer (kind, aggregate_id, version, due_at, key, organisation_id, correlation_id, state,"
            " settled_at) VALUES ($1, $2, 1, now() - interval '1 year', $2, $2, $2, $3, now() - $4::interval)",
            kind, uuid4(), state, age,
        )  # fmt: skip
    assert await forget_timers(service) == 2
    left = await pool.fetch("SELECT kind FROM timer ORDER BY kind")
    assert [row["kind"] for row in left] == ["due", "failed", "late"]


async def test_months_are_made_ahead_and_what_came_without_one_stays_where_it_is(service):
    pool = await service.database.pool()
    await pool.execute(_APPLIED, uuid4(), wall_now() + timedelta(days=5 * 365))
    then = date(wall_now().year + 5, wall_now().month, 1)
    for _ in range(2):
        await make_months(pool, "applied_event", "applied_at", then)
    names = {row[0] for row in await pool.fetch("SELECT relname FROM pg_class WHERE relname LIKE 'applied_event_2%'")}
    wanted = {f"applied_event_{month:%Y_%m}" for month in months(then)}
    assert len(wanted - names) <= 1
    assert [row[0] for row in await pool.fetch(_MONTHS)] == ["applied_event_rest"]
    fresh = list(months(then))[-1]
    await pool.execute(_APPLIED, uuid4(), wall_now().replace(year=fresh.year, month=fresh.month, day=9))
    assert f"applied_event_{fresh:%Y_%m}" in [row[0] for row in await pool.fetch(_MONTHS)]


async def test_old_months_are_dropped_as_a_whole_and_only_where_the_settings_say_so(service):
    pool, now = await service.database.pool(), wall_now()
    await pool.execute(_APPLIED, uuid4(), now)
    assert service.settings.applied_months == 0
    assert await keep_months(service) == 0
    later = date(now.year + 1, now.month, 15)
    assert await drop_months(pool, "applied_event", later, 12) == 0
    assert await pool.fetchval("SELECT count(*) FROM applied_event") == 1
    assert await drop_months(pool, "applied_event", later, 11) == 1
    assert await pool.fetchval("SELECT count(*) FROM applied_event") == 0


@pytest.mark.parametrize("name", SERVICES)
async def test_hot_tables_are_vacuumed_by_what_changes_in_them(name, fresh_database):
    pool = await (await fresh_database(name)).pool()
    options = dict(await pool.fetch("SELECT relname, reloptions FROM pg_class WHERE relname = ANY($1)", list(STORAGE)))
    assert set(options) == set(STORAGE)
    for table in ("outbox", "stream", "timer", "relay_partition", "heard", "change"):
        assert "autovacuum_vacuum_scale_factor=0" in options[table], table
        assert any(option.startswith("autovacuum_vacuum_threshold=") for option in options[table]), table
    assert "fillfactor=50" in options["heard"]
