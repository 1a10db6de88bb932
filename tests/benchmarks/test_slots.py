"""Both ways of each search answer the same, so that their times may be compared."""

from tests.benchmarks.slots import asked, both_ways, planned, tried


def test_the_planner_finds_what_trying_everything_finds() -> None:
    assert planned(asked()) == tried(asked())
    assert planned(asked()) is not None


def test_the_slots_of_a_large_room_are_those_at_which_no_rule_is_broken() -> None:
    found, asked_for = both_ways()
    assert found == asked_for
    assert len(found) > 20
