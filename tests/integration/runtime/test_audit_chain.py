"""The audit trail is chained as it is committed; what is done to it behind the service's back is found (H.3)."""

import asyncio

import pytest

from shared.audit.checking import look_through
from shared.audit.keeping import chain, head
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.ids import new_id
from tests.support.house import larkspur

LAST = "(SELECT max(number) FROM audit)"


async def act(service, times):
    caller = Caller("service", service.name, larkspur().organisation_id)
    for _ in range(times):
        async with unit_of_work(service, caller) as uow:
            await uow.audit("read", "patient", new_id())


async def found(service, portion=2):
    after, breaks = 0, []
    while after is not None:
        view = await look_through(service, after, portion)
        breaks += [(one.first, one.last, one.why) for one in view.breaks]
        after = view.next
    return breaks


async def test_committed_rows_are_chained_once_whoever_chains_them(service):
    await act(service, 5)
    assert sum(await asyncio.gather(chain(service), chain(service))) == 5
    await act(service, 2)
    assert await chain(service) == 2
    assert await chain(service) == 0
    assert (await head(service)).number == 7
    assert await found(service) == []


@pytest.mark.parametrize(
    ("done", "shows"),
    [
        ("UPDATE audit SET actor = 'somebody' WHERE number = 3", [(3, 3, "EDITED")]),
        ("UPDATE audit SET at = at + interval '1 microsecond' WHERE number = 5", [(5, 5, "EDITED")]),
        ("UPDATE audit SET patient_id = organisation_id WHERE number = 1", [(1, 1, "EDITED")]),
        ("DELETE FROM audit WHERE number = 1", [(1, 1, "MISSING")]),
        ("DELETE FROM audit WHERE number IN (2, 3)", [(2, 3, "MISSING")]),
        (f"DELETE FROM audit WHERE number = {LAST}", [(5, 5, "MISSING")]),
        ("DELETE FROM audit", [(1, 5, "MISSING")]),
        ("UPDATE audit SET digest = decode(repeat('00', 32), 'hex') WHERE number = 2", [(2, 2, "EDITED"),
                                                                                      (3, 3, "EDITED")]),
        ("UPDATE audit_head SET number = 3", [(4, 5, "EDITED")]),
        ("UPDATE audit SET number = NULL, digest = NULL WHERE number = 4", [(4, 4, "MISSING")]),
    ],
)  # fmt: skip
async def test_what_was_edited_or_removed_is_found_at_its_row(service, done, shows):
    await act(service, 5)
    await chain(service)
    pool = await service.database.pool()
    await pool.execute(done)
    assert await found(service) == shows
    assert await found(service, portion=5000) == shows


async def test_rows_chained_after_a_removal_do_not_hide_it(service):
    await act(service, 3)
    await chain(service)
    pool = await service.database.pool()
    await pool.execute(f"DELETE FROM audit WHERE number = {LAST}")
    await act(service, 2)
    await chain(service)
    assert await found(service) == [(3, 3, "MISSING")]


async def test_the_newest_rows_are_told_as_not_yet_chained(service):
    await act(service, 2)
    view = await look_through(service, 0, 100)
    assert (view.rows, view.unchained, view.breaks, view.head) == (0, 2, [], 0)
