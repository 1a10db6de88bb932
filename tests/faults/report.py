"""What the scenarios showed: a record each in `.results/faults.json`, and a table at the end of the tests' output."""

import json
import os
import platform
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.faults.checker import Verdict
from tests.faults.profile import PROFILE

RESULTS = Path(__file__).parents[2] / ".results" / "faults.json"
_COLUMNS = ("seed", "events", "kills", "pauses", "lost", "doubled", "reordered", "ghosts", "zombies", "parked")


@dataclass(frozen=True, slots=True)
class Record:
    """One scenario as it went. A naive variant passes when it breaks as it must. `more`: figures of its own."""

    name: str
    verdict: Verdict
    passed: bool
    naive: bool = False
    seed: int = 0
    events: int = 0
    kills: int = 0
    pauses: int = 0
    recovery_seconds: float = 0.0
    more: dict[str, Any] = field(default_factory=dict)

    def document(self) -> dict[str, Any]:
        shown = {name: value for name, value in asdict(self).items() if name not in ("verdict", "passed", "more")}
        shown["recovery_seconds"] = round(self.recovery_seconds, 1)
        return shown | self.verdict.counts() | {"pass": self.passed, "profile": PROFILE.name, "at": _now()} | self.more


def keep(record: Record) -> None:
    """Write the record in the place of an earlier one of the same name. One process at a time does this."""
    kept = {one["name"]: one for one in read()} | {record.name: record.document()}
    machine = {"python": platform.python_version(), "cores": os.cpu_count()}
    RESULTS.parent.mkdir(exist_ok=True)
    fresh = RESULTS.with_suffix(".new")
    fresh.write_text(json.dumps({"machine": machine, "scenarios": list(kept.values())}, indent=2) + "\n")
    fresh.rename(RESULTS)


def read() -> list[dict[str, Any]]:
    """The records that there are."""
    found: list[dict[str, Any]] = json.loads(RESULTS.read_text())["scenarios"] if RESULTS.exists() else []
    return found


def table(records: list[dict[str, Any]]) -> list[str]:
    """The records as lines of text."""
    lines = [f"{'scenario':46} {' '.join(f'{name:>9}' for name in _COLUMNS)}  recovered  pass"]
    for one in records:
        figures = " ".join(f"{one[name]:>9}" for name in _COLUMNS)
        lines.append(
            f"{one['name'][:46]:46} {figures} {one['recovery_seconds']:>8.1f} s  {'yes' if one['pass'] else 'NO'}"
        )
    return lines


_BEGAN = datetime.now(UTC).isoformat(timespec="seconds")


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """The scenarios of this run, whichever process told them."""
    if records := [one for one in read() if one["at"] >= _BEGAN]:
        terminalreporter.section("faults")
        terminalreporter.write_line("\n".join(table(records)))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
