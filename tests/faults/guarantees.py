"""`make guarantees`: the figures of `.results/faults.json` written into docs/guarantees.md, between its marks.

The words of that page are written by people, its figures by this alone.
"""

import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.faults.checker import Verdict
from tests.faults.report import RESULTS, read

PAGE = Path(__file__).parents[2] / "docs" / "guarantees.md"
_BLOCK = re.compile(
    r"(?P<mark><!-- (?P<what>figures: (?P<names>[^>]+)|naive|machine) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
_PROPERTIES = tuple(Verdict.__slots__)
_HEAD = ("scenario", "events", "kills", "pauses", *_PROPERTIES, "recovered", "profile, day, seed")
_NAIVE_HEAD = ("variant", "what the checker found after one crash", "killed at random moments")
_AT_POINT, _AT_RANDOM = "naive: ", "random kills: "
Records = Mapping[str, Mapping[str, Any]]


def named(page: str) -> set[str]:
    """The scenarios whose figures a page shows."""
    return {name for block in _BLOCK.finditer(page) for name in _names(block)}


def written(page: str, records: Records, machine: Mapping[str, Any]) -> str:
    """The page with these figures in it. A scenario without a record is shown as one."""

    def filled(block: re.Match[str]) -> str:
        return block["mark"] + "\n".join(_lines(block, records, machine)) + "\n" + block["end"]

    return _BLOCK.sub(filled, page)


def _names(block: re.Match[str]) -> Sequence[str]:
    return [name.strip() for name in block["names"].split(" | ")] if block["names"] else []


def _lines(block: re.Match[str], records: Records, machine: Mapping[str, Any]) -> Iterator[str]:
    if block["what"] == "machine":
        yield f"Measured on {machine['cores']} cores with Python {machine['python']}, everything on one machine."
    elif names := _names(block):
        yield from _table(_HEAD, [_row(name, records.get(name)) for name in names])
    else:
        yield from _table(_NAIVE_HEAD, list(_naive(records)))


def _row(name: str, record: Mapping[str, Any] | None) -> Sequence[object]:
    if record is None:
        return (name, *["-"] * (len(_HEAD) - 2), "not run on this machine")
    figures = [f"{record.get(what, 0):,}" for what in ("events", "kills", "pauses", *_PROPERTIES)]
    run = f"{record['profile']}, {record['at'][:10]}, {record['seed']}"
    return name, *figures, f"{record['recovery_seconds']:.0f} s", run if record["pass"] else f"FAILED: {run}"


def _naive(records: Records) -> Iterator[Sequence[object]]:
    """Each variant at the point that exposes it, and under kills at random moments; ours under the same kills last."""
    struck = {name.removeprefix(_AT_POINT): one for name, one in records.items() if name.startswith(_AT_POINT)}
    killed = {name.removeprefix(_AT_RANDOM): one for name, one in records.items() if name.startswith(_AT_RANDOM)}
    for variant in dict.fromkeys((*struck, *sorted(killed, key="ours".__eq__))):
        yield variant, _found(struck.get(variant)), _broken(killed.get(variant))


def _found(record: Mapping[str, Any] | None) -> str:
    if record is None:
        return "-"
    return ", ".join(f"{record[what]} {what}" for what in _PROPERTIES if record.get(what)) or "nothing"


def _broken(record: Mapping[str, Any] | None) -> str:
    return "not run on this machine" if record is None else f"broken in {record['broken_in']} of {record['rounds']}"


def _table(head: Sequence[object], rows: Sequence[Sequence[object]]) -> Iterator[str]:
    yield from (_line(cells) for cells in (head, ["---"] * len(head), *rows))


def _line(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def main() -> None:
    if not RESULTS.exists():
        sys.exit(f"{RESULTS} is not there: `make faults` makes it")
    records = {record["name"]: record for record in read()}
    PAGE.write_text(written(PAGE.read_text(), records, json.loads(RESULTS.read_text())["machine"]))
    print(f"{len(records)} records of {RESULTS.name} are in {PAGE.name}")


if __name__ == "__main__":
    main()
