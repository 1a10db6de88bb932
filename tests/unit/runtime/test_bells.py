"""Bells: a ring is never missed, one ring wakes everybody, and without a ring the wait ends by itself."""

import asyncio

from shared.bells import Bell

LONG = 60.0


async def ends(bell: Bell, at_most: float) -> bool:
    """Whether a wait is over within 5 s."""
    done, _ = await asyncio.wait([asyncio.create_task(bell.wait(at_most))], timeout=5)
    return len(done) == 1


async def test_a_ring_while_nobody_waits_ends_the_next_wait_at_once():
    bell = Bell()
    bell.ring()
    assert await ends(bell, LONG)


async def test_a_ring_counts_for_one_wait_only():
    bell = Bell()
    bell.ring()
    bell.ring()
    await bell.wait(LONG)
    waiting = asyncio.create_task(bell.wait(LONG))
    await asyncio.sleep(0.01)
    assert not waiting.done()
    waiting.cancel()


async def test_one_ring_wakes_everybody_who_waits():
    bell = Bell()
    waiting = [asyncio.create_task(bell.wait(LONG)) for _ in range(3)]
    await asyncio.sleep(0)
    bell.ring()
    done, _ = await asyncio.wait(waiting, timeout=5)
    assert len(done) == 3


async def test_without_a_ring_the_wait_ends_by_itself():
    assert await ends(Bell(), 0.01)
