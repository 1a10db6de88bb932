"""Why something cannot take place then, in words for the screen."""

import ast
from pathlib import Path
from typing import Any

import pytest

from services.scheduling.domain import wording
from services.scheduling.domain.course import Violation
from services.scheduling.domain.wording import worded

DAY = "2026-11-30T{}:00-07:00"


@pytest.mark.parametrize(
    ("code", "params", "words"),
    [
        (
            "TOO_FEW_NURSES", {"per_nurse": 2, "nurses": 1, "needed": 2, "since": "10:15", "until": "10:30"},
            "nurse ratio 1:2 exceeded 10:15 to 10:30",
        ),
        (
            "TOO_FEW_NURSES", {"nurses": 0, "needed": 1, "since": "10:15", "until": "10:30"},
            "no nurse is on duty 10:15 to 10:30",
        ),
        ("NO_PRESCRIBER", {"since": "09:00", "until": "11:30"}, "no prescriber is on site 09:00 to 11:30"),
        (
            "NO_INTERPRETER", {"since": "10:15", "until": "10:30"},
            "nobody who interprets for the patient is free 10:15 to 10:30",
        ),
        ("NO_SUITABLE_CHAIR_FREE", {}, "no chair that suits the patient's needs is free"),
        ("MIN_GAP", {"min_gap_hours": 48}, "less than 48 h beside another session of the course"),
        ("WINDOW", {"days": 22, "shortest": 12, "longest": 21}, "the course would span 22 d, 12 to 21 are allowed"),
        ("CLOSED_HOLIDAY", {}, "closed that day: holiday"),
        ("CLOSED_WEEKDAY", {}, "the location is closed on that weekday"),
        ("SAFETY_CONCERN_OPEN", {}, "SAFETY_CONCERN_OPEN"),
    ],
)  # fmt: skip
def test_a_broken_rule_is_said_in_words_with_its_numbers(code: str, params: dict[str, Any], words: str) -> None:
    told = {name: DAY.format(value) if name in ("since", "until") else value for name, value in params.items()}
    assert worded(Violation(code, params=told)) == words


def test_every_rule_of_a_course_and_of_cover_has_words() -> None:
    """Codes as the domain's own source names them: `Violation("...")`, `Shortage("...")`, `yield "...", {...}`."""
    found = set()
    for name in ("course", "series", "cover", "needs", "interpreting"):
        tree = ast.parse((Path(wording.__file__).parent / f"{name}.py").read_text())
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("Violation", "Shortage"):
                found |= {a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)}
            if isinstance(node, ast.Yield) and isinstance(node.value, ast.Tuple):
                found |= {e.value for e in node.value.elts if isinstance(e, ast.Constant)}
    assert len(found) > 12
    assert {code for code in found if code not in wording._WORDS} == set()
