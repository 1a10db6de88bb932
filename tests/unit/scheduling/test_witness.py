"""Who counts as the second person (domain H.4)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from services.scheduling.domain.witness import PinKept, Verdict, after_trying, before_trying
from shared.clinicfile.controlled import ControlledPolicy
from tests.unit.scheduling.kit import NOON

HERE, THERE = UUID(int=1), UUID(int=2)
POLICY = ControlledPolicy()
KEPT = PinKept(set_at=NOON - timedelta(days=1), roles=frozenset({(HERE, "nurse")}), tries=0, locked_until=None)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({}, None),
        ({"roles": frozenset({(HERE, "clinician")})}, None),
        ({"roles": frozenset({(HERE, "director")})}, None),
        ({"roles": frozenset({(THERE, "nurse")})}, Verdict.NOT_HERE),
        ({"roles": frozenset({(HERE, "frontdesk")})}, Verdict.NOT_HERE),
        ({"roles": frozenset()}, Verdict.NOT_HERE),
        ({"set_at": NOON - timedelta(days=180)}, Verdict.TOO_OLD),
        ({"set_at": NOON - timedelta(days=179, hours=23)}, None),
        ({"locked_until": NOON + timedelta(seconds=1)}, Verdict.LOCKED),
        ({"locked_until": NOON}, None),
    ],
)
def test_who_may_witness_at_a_clinic(change: dict[str, Any], verdict: Verdict | None) -> None:
    assert before_trying(replace(KEPT, **change), HERE, NOON, POLICY) is verdict


def test_nobody_without_a_pin_is_a_witness() -> None:
    assert before_trying(None, HERE, NOON, POLICY) is Verdict.NO_PIN


def test_wrong_pins_are_counted_and_the_fifth_in_a_row_locks() -> None:
    kept, verdicts = KEPT, []
    for _ in range(5):
        tried = after_trying(kept, right=False, now=NOON, policy=POLICY)
        verdicts.append(tried.verdict)
        kept = replace(kept, tries=tried.tries, locked_until=tried.locked_until)
    assert verdicts == [Verdict.WRONG] * 4 + [Verdict.LOCKED]
    assert kept.locked_until == NOON + timedelta(minutes=15)
    assert before_trying(kept, HERE, NOON, POLICY) is Verdict.LOCKED


def test_a_right_pin_forgets_wrong_ones_but_opens_no_lock() -> None:
    tried = after_trying(replace(KEPT, tries=4), right=True, now=NOON, policy=POLICY)
    assert (tried.verdict, tried.tries, tried.locked_until) == (Verdict.RIGHT, 0, None)
    locked = replace(KEPT, locked_until=NOON + timedelta(minutes=1))
    assert before_trying(locked, HERE, NOON, POLICY) is Verdict.LOCKED
