"""`make bench`: every comparison, a table to the terminal, the figures to .results/bench.json."""

import asyncio
import json
import logging
import os
import platform
from pathlib import Path

import structlog
from rich.console import Console
from rich.table import Table

from shared.clock import monotonic
from tests.benchmarks import consumer, relay, slots, submit, told
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import ground

RESULTS = Path(".results") / "bench.json"
BENCHMARKS = (relay, consumer, submit, told, slots)


async def _measure() -> list[Figure]:
    with ground() as made:
        return [figure for benchmark in BENCHMARKS for figure in await benchmark.measure(made)]


def _write(figures: list[Figure], seconds: float) -> None:
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    document = {"machine": machine, "seconds": round(seconds, 1), "figures": [one.document() for one in figures]}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")


def _table(figures: list[Figure]) -> Table:
    table = Table(title="Ours beside a plain variant, in the same run; a ratio above 1 is better", title_justify="left")
    for column in ("what", "ours", "plain", "unit", "ratio", "plain is"):
        table.add_column(column, justify="right" if column in ("ours", "plain", "ratio") else "left")
    for one in figures:
        table.add_row(one.name, f"{one.ours:,.1f}", f"{one.plain:,.1f}", one.unit, f"{one.ratio:.2f}", one.plain_is)
    return table


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    began = monotonic()
    figures = asyncio.run(_measure())
    _write(figures, monotonic() - began)
    out = Console()
    out.print(_table(figures))
    out.print(f"{monotonic() - began:.0f} s; figures in {RESULTS}")


if __name__ == "__main__":
    main()
