"""Whatever can measure something is a part of `make bench`, and loads without the libraries that it compares with."""

from importlib import import_module
from pathlib import Path

from tests.benchmarks.__main__ import BENCHMARKS


def test_every_benchmark_is_run() -> None:
    names = [path.stem for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith(("_", "test_"))]
    measuring = {name for name in names if hasattr(import_module(f"tests.benchmarks.{name}"), "measure")}
    assert measuring == BENCHMARKS.keys()
