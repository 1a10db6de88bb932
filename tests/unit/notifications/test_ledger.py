"""The contact-consent ledger (domain E.2): a revocation wins over any grant without a later explicit act."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifications.domain.consent import ALL, Act, ActKind, Ruling, effective, rule_on, stopped

ANA, BEN = UUID(int=1), UUID(int=2)
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
GRANT, REVOKE, RESUME = ActKind.GRANT, ActKind.REVOKE, ActKind.RESUME


def act(kind: ActKind, hour: int, *, patient: UUID | None = ANA, number: str | None = "n1", channel: str = "SMS",
        purpose: str = "CARE") -> Act:  # fmt: skip
    return Act(kind, patient, number, channel, purpose, NOON + timedelta(hours=hour))


def ruled(acts: Sequence[Act], purpose: str = "CARE", number: str = "n1") -> Ruling:
    return rule_on(acts, patient_id=ANA, number=number, channel="SMS", purpose=purpose)


@pytest.mark.parametrize(
    ("acts", "ruling"),
    [
        ([], Ruling.NO_CONSENT),
        ([act(GRANT, 0)], Ruling.ALLOWED),
        ([act(GRANT, 0, purpose="MARKETING")], Ruling.NO_CONSENT),
        ([act(GRANT, 0, channel="EMAIL")], Ruling.NO_CONSENT),
        ([act(GRANT, 0, number="n2")], Ruling.NO_CONSENT),
        ([act(GRANT, 0, patient=BEN)], Ruling.NO_CONSENT),
        ([act(GRANT, 0), act(REVOKE, 1, purpose=ALL)], Ruling.OPTED_OUT),
        ([act(GRANT, 0), act(REVOKE, 0, purpose=ALL)], Ruling.OPTED_OUT),
        ([act(GRANT, 1), act(REVOKE, 0, purpose=ALL)], Ruling.ALLOWED),
        ([act(GRANT, 0), act(REVOKE, 1, purpose="MARKETING")], Ruling.ALLOWED),
        ([act(GRANT, 0), act(REVOKE, 1, patient=None, purpose=ALL)], Ruling.OPTED_OUT),
        ([act(GRANT, 0), act(REVOKE, 1, patient=BEN, purpose=ALL)], Ruling.OPTED_OUT),
        ([act(GRANT, 0), act(REVOKE, 1, number="n2", purpose=ALL)], Ruling.OPTED_OUT),
        ([act(GRANT, 0), act(REVOKE, 1, patient=BEN, number="n2", purpose=ALL)], Ruling.ALLOWED),
        ([act(GRANT, 0), act(REVOKE, 1, purpose=ALL), act(RESUME, 2, purpose=ALL)], Ruling.ALLOWED),
        ([act(GRANT, 0), act(REVOKE, 1, purpose=ALL), act(RESUME, 2, number="n2", purpose=ALL)], Ruling.OPTED_OUT),
        ([act(RESUME, 2, purpose=ALL)], Ruling.NO_CONSENT),
        ([act(GRANT, 0), act(RESUME, 1, purpose=ALL), act(REVOKE, 2, purpose=ALL)], Ruling.OPTED_OUT),
    ],
)
def test_what_the_acts_allow(acts: list[Act], ruling: Ruling) -> None:
    assert ruled(acts) is ruling


def test_start_brings_back_what_was_granted_and_nothing_more() -> None:
    acts = [act(GRANT, 0), act(REVOKE, 1, purpose=ALL), act(RESUME, 2, purpose=ALL)]
    assert ruled(acts, "CARE") is Ruling.ALLOWED
    assert ruled(acts, "MARKETING") is Ruling.NO_CONSENT


def test_a_grant_dated_after_its_record_holds_from_its_record() -> None:
    assert effective(GRANT, NOON + timedelta(days=9), NOON) == NOON
    assert effective(REVOKE, NOON - timedelta(days=9), NOON) == NOON - timedelta(days=9)


@pytest.mark.parametrize(
    ("acts", "is_stopped"),
    [
        ([], False),
        ([act(REVOKE, 1, purpose=ALL)], True),
        ([act(REVOKE, 1, purpose="CARE")], False),
        ([act(REVOKE, 1, purpose=ALL), act(RESUME, 2)], False),
        ([act(REVOKE, 1, purpose=ALL), act(GRANT, 2)], False),
        ([act(REVOKE, 2, purpose=ALL), act(GRANT, 2)], True),
    ],
)
def test_whether_a_number_was_stopped_altogether(acts: list[Act], is_stopped: bool) -> None:
    assert stopped(acts, number="n1", channel="SMS") is is_stopped


acts_of_anybody = st.lists(
    st.builds(
        Act, kind=st.sampled_from(ActKind), patient_id=st.sampled_from([ANA, BEN, None]),
        number=st.sampled_from(["n1", "n2"]), channel=st.sampled_from(["SMS", "EMAIL"]),
        purpose=st.sampled_from(["CARE", "MARKETING", ALL]),
        holds_from=st.integers(0, 5).map(lambda hour: NOON + timedelta(hours=hour)),
    ),
    max_size=8,
)  # fmt: skip


@given(acts_of_anybody, st.randoms())
def test_the_order_in_which_acts_arrive_does_not_matter(acts: list[Act], chance: object) -> None:
    shuffled = acts.copy()
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    assert ruled(shuffled) is ruled(acts)
    assert ruled(acts + acts) is ruled(acts)


@given(acts_of_anybody)
def test_a_stop_after_everything_else_always_wins(acts: list[Act]) -> None:
    assert ruled([*acts, act(REVOKE, 5, purpose=ALL)]) is not Ruling.ALLOWED


@given(acts_of_anybody)
def test_no_revocation_ever_allows_and_no_permission_ever_forbids(acts: list[Act]) -> None:
    if ruled(acts) is not Ruling.ALLOWED:
        assert ruled([*acts, act(REVOKE, 3)]) is not Ruling.ALLOWED
    else:
        assert ruled([*acts, act(GRANT, 3)]) is Ruling.ALLOWED


@given(acts_of_anybody)
def test_acts_of_strangers_on_other_numbers_change_nothing(acts: list[Act]) -> None:
    strangers = [replace(a, patient_id=BEN, number="n2") for a in acts]
    assert ruled(acts + strangers) is ruled(acts)
