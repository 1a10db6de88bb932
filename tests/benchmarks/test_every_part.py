"""Whatever measures something is a part of `make bench`, and loads without the libraries that it compares with."""

from pathlib import Path

from tests.benchmarks.__main__ import BENCHMARKS


def test_every_benchmark_is_run() -> None:
    files = (path for path in Path(__file__).parent.glob("*.py") if not path.name.startswith("test_"))
    measuring = {path.stem for path in files if "async def measure(" in path.read_text()}
    assert measuring == BENCHMARKS.keys()
