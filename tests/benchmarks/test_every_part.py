"""Whatever measures something is a part of `make bench`, and loads without the libraries that it compares with."""

from pathlib import Path

from tests.benchmarks.__main__ import BENCHMARKS


def test_every_benchmark_is_run() -> None:
    measuring = {p.stem for p in Path(__file__).parent.glob("*.py") if "async def measure(" in p.read_text()}
    assert measuring == BENCHMARKS.keys()
