"""`make bench`: every comparison, or those that are named; a table, .results/bench.json, plots under docs/speed/."""

import asyncio
import json
import logging
import os
import platform
import sys
import warnings
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog
from rich.console import Console
from rich.table import Table

from shared.clock import monotonic
from tests.benchmarks import command, consumer, house, intake, peers, plots, relay, scheduling, screening, slots
from tests.benchmarks.figures import Figure
from tests.benchmarks.ground import Ground, ground

RESULTS = Path(".results") / "bench.json"
BENCHMARKS = {
    "relay": relay, "consumer": consumer, "command": command, "house": house, "slots": slots, "intake": intake,
    "scheduling": scheduling, "screening": screening,
}  # fmt: skip


async def _measure(names: Sequence[str], made: Ground, out: Console) -> list[Figure]:
    """All figures; those of each benchmark are written when it has ended."""
    measured = list[Figure]()
    for name in names:
        began = monotonic()
        found = await BENCHMARKS[name].measure(made)
        out.print(_table(f"{name} ({monotonic() - began:.0f} s)", found))
        _write(_document(made, name, found))
        measured += found
    return measured


def _document(made: Ground, benchmark: str, figures: Sequence[Figure]) -> dict[str, Any]:
    """With what stands there of other benchmarks; each figure says when it was measured."""
    machine = {"python": platform.python_version(), "cores": os.cpu_count(), "kafka": made.kafka,
               "database": made.database, "peers": peers.missing(java=True) or "all"}  # fmt: skip
    now = datetime.now(UTC).isoformat(timespec="seconds")
    before = json.loads(RESULTS.read_text())["figures"] if RESULTS.exists() else []
    kept = [one for one in before if one.get("benchmark") in BENCHMARKS.keys() - {benchmark}]
    new = [{"benchmark": benchmark, "at": now, **one.document()} for one in figures]
    return {"at": now, "machine": machine, "figures": [*kept, *new]}


def _write(document: Mapping[str, Any]) -> None:
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(document, indent=2) + "\n")
    plots.draw(document)


def _table(title: str, figures: Sequence[Figure]) -> Table:
    table = Table(title=title, title_justify="left")
    for name, side in {"what": "left", "ours": "right", "theirs": "right", "unit": "left", "ratio": "right",
                       "against": "left", "bar": "left", "met": "left"}.items():  # fmt: skip
        table.add_column(name, justify="right" if side == "right" else "left")
    for one in figures:
        theirs, ratio = (f"{value:,.2f}" if value is not None else "" for value in (one.theirs, one.ratio))
        met = {True: "yes", False: "NO", None: ""}[one.met]
        table.add_row(one.name, f"{one.ours:,.2f}", theirs, one.unit, ratio, one.against, str(one.bar or ""), met)
    return table


def main() -> None:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    logging.disable(logging.ERROR)  # clients of peers tell of every rebalance
    warnings.simplefilter("ignore")
    out, began, names = Console(width=150), monotonic(), sys.argv[1:] or list(BENCHMARKS)
    if unknown := set(names) - set(BENCHMARKS):
        sys.exit(f"no such benchmark: {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    with ground() as made:
        if why := peers.missing(java=True):
            out.print(f"Not everything is compared with: {why}.")
        out.print(f"On {made.kafka} and {made.database}, {os.cpu_count()} cores.")
        measured = asyncio.run(_measure(names, made, out))
    missed = sum(one.met is False for one in measured)
    out.print(f"{monotonic() - began:.0f} s; {missed} bars missed; figures in {RESULTS}")
    if any(one.unit == screening.BROKEN and one.ours for one in measured):
        sys.exit("A property of screening does not hold: see above.")


if __name__ == "__main__":
    main()
