"""The page of guarantees: its figures come from the records alone, and it leaves no scenario out."""

import re
from pathlib import Path

import pytest

from tests.faults.checker import Verdict
from tests.faults.guarantees import PAGE, named, written

ROOT = Path(__file__).parents[3]
SCENARIOS = ROOT / "tests" / "faults" / "scenarios"
MACHINE = {"cores": 2, "python": "3.11.7"}
ZEROS = dict.fromkeys(Verdict.__slots__, 0)
RECORD = {
    "name": "kills", "naive": False, "seed": 7, "events": 20_000, "kills": 100, "pauses": 50, "recovery_seconds": 6.4,
    "pass": True, "profile": "full", "at": "2026-11-26T03:00:00+00:00", **ZEROS,
}  # fmt: skip
NAIVE = RECORD | {"name": "naive: offsets first", "naive": True, "lost": 1}
BLOCK = "before\n<!-- figures: kills -->\nold figures\n<!-- end -->\nbehind\n"


def test_figures_stand_between_the_marks_and_the_words_around_them_stay():
    page = written(BLOCK, {"kills": RECORD}, MACHINE)
    assert page.startswith("before\n<!-- figures: kills -->\n| scenario | events | kills | pauses | lost |")
    assert page.endswith("<!-- end -->\nbehind\n")
    zeros = " | ".join("0" for _ in ZEROS)
    assert f"| kills | 20,000 | 100 | 50 | {zeros} | 6 s | full, 2026-11-26, 7 |" in page
    assert "old figures" not in page


def test_writing_twice_changes_nothing():
    once = written(BLOCK, {"kills": RECORD}, MACHINE)
    assert written(once, {"kills": RECORD}, MACHINE) == once


@pytest.mark.parametrize(
    ("records", "said"),
    [({}, "not run on this machine"), ({"kills": RECORD | {"lost": 1, "pass": False}}, "FAILED: full")],
)
def test_what_was_not_run_or_failed_says_so(records, said):
    assert said in written(BLOCK, records, MACHINE)


def test_naive_variants_show_what_was_found_and_how_often_kills_break_them():
    killed = {"name": "random kills: offsets first", "naive": True, "broken_in": 9, "rounds": 20}
    ours = {"name": "random kills: ours", "naive": False, "broken_in": 0, "rounds": 20}
    records = {one["name"]: one for one in (ours, RECORD, NAIVE, killed)}
    page = written("<!-- naive -->\n<!-- end -->", records, MACHINE)
    assert page.splitlines()[3:5] == [
        "| offsets first | 1 lost | broken in 9 of 20 |", "| ours | - | broken in 0 of 20 |"
    ]  # fmt: skip
    assert "| kills |" not in page


def test_every_scenario_that_is_told_stands_on_the_page_and_no_other():
    recorded = re.compile(r'(?:telling|Record)\(\s*"([^"]+)"')
    told = {name for file in SCENARIOS.glob("*.py") for name in recorded.findall(file.read_text())}
    assert named(PAGE.read_text()) == told


def test_what_the_page_points_to_exists():
    pointed = re.findall(r"`((?:tests|shared|services|docs)/[\w/.]+)`", PAGE.read_text())
    assert pointed
    assert [path for path in pointed if not (ROOT / path).exists()] == []
