"""What the soak calls flat."""

import pytest

from tests.benchmarks.soak import Minute, verdict

MB = 1024 * 1024


def minutes(p99s, memory=None, **sizes):
    """One minute for each latency; a size, and the memory if any, is given for every minute."""
    return [
        Minute(
            300,
            0,
            300,
            1.0,
            p99,
            (memory or [500] * len(p99s))[n],
            {name.replace("_of_", "."): given[n] for name, given in sizes.items()},
        )
        for n, p99 in enumerate(p99s)
    ]


@pytest.mark.parametrize(
    ("p99s", "flat"),
    [
        ([20] * 6, True), ([20, 20, 900, 20, 20, 20], True), ([20, 20, 20, 20, 39, 39], True),
        ([20, 20, 30, 40, 50, 60], False),
    ],
    ids=["steady", "one slow minute", "a little slower", "slower and slower"],
)  # fmt: skip
def test_latency_is_flat_when_its_last_third_is_like_its_first(p99s, flat):
    assert verdict(minutes(p99s))["latency_flat"] is flat


@pytest.mark.parametrize(
    ("name", "sizes", "flat"),
    [
        ("intake_of_stream", [MB, MB, MB], True), ("intake_of_stream", [MB, 2 * MB, 3 * MB], False),
        ("intake_of_outbox", [MB, 2 * MB, 3 * MB], True), ("billing_of_heard", [8192, 65_536, 98_304], True),
    ],
    ids=["stream stays", "stream grows", "outbox is an archive", "small tables breathe"],
)  # fmt: skip
def test_tables_that_hold_a_state_may_not_grow_and_those_that_hold_history_may(name, sizes, flat):
    said = verdict(minutes([20, 20, 20], **{name: sizes}))
    assert said["sizes_flat"] is flat
    assert (said["grew"] == {}) is flat


@pytest.mark.parametrize(
    ("memory", "flat"),
    [([500] * 6, True), ([480, 500, 505, 510, 515, 520], True), ([480, 500, 520, 540, 560, 580], False)],
    ids=["steady", "a little more", "more and more"],
)
def test_memory_is_flat_when_it_ends_as_it_was_in_the_first_third(memory, flat):
    assert verdict(minutes([20] * 6, memory=memory))["memory_flat"] is flat
