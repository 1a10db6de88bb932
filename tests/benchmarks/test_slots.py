"""Both ways of the course search answer the same, so that their times may be compared."""

from tests.benchmarks.slots import asked, planned, tried


def test_the_planner_finds_what_trying_everything_finds() -> None:
    assert planned(asked()) == tried(asked())
    assert planned(asked()) is not None
