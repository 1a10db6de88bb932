"""Estimates and payments before a session: tasks of the desk, for which no dose waits (domain F.6, F.7)."""

from datetime import timedelta

import pytest

from services.scheduling.domain.care import Blocker, Care, holding
from services.scheduling.domain.paying import Paying, paying_blockers
from services.scheduling.domain.readiness import AtChair, readiness
from services.scheduling.domain.sweeps import codes, to_settle
from shared.clinicfile.model import ClinicFile, Protocol
from shared.clinicfile.paying import PaymentPolicy
from tests.support.house import larkspur
from tests.unit.scheduling.kit import NOON

NOTHING = PaymentPolicy()
ESTIMATE, PREPAID = PaymentPolicy(estimate=True), PaymentPolicy(prepaid=True)
DUE, ALL = PaymentPolicy(most_due_cents=0), PaymentPolicy(estimate=True, prepaid=True, most_due_cents=0)
UNMET, UNKNOWN, NO_ESTIMATE = "PAYMENT_POLICY_UNMET", "PAYMENT_NOT_KNOWN", "ESTIMATE_MISSING"


@pytest.fixture(scope="module")
def file() -> ClinicFile:
    return larkspur()


@pytest.fixture(scope="module")
def mood(file: ClinicFile) -> Protocol:
    protocol = file.protocol("IV_MOOD_6")
    assert protocol is not None
    return protocol


@pytest.mark.parametrize(
    ("policy", "paying", "open_"),
    [
        (NOTHING, Paying(), []),
        (NOTHING, Paying(False, ("PREPAYMENT",)), []),
        (ESTIMATE, Paying(), [NO_ESTIMATE]),
        (ESTIMATE, Paying(estimated=True), []),
        (ESTIMATE, Paying(True, ("PREPAYMENT",)), []),
        (PREPAID, Paying(), [UNKNOWN]),
        (PREPAID, Paying(estimated=True), [UNKNOWN]),
        (PREPAID, Paying(missing=()), []),
        (PREPAID, Paying(missing=("PREPAYMENT",)), [UNMET]),
        (DUE, Paying(missing=None), [UNKNOWN]),
        (DUE, Paying(missing=("BALANCE_DUE",)), [UNMET]),
        (ALL, Paying(), [NO_ESTIMATE, UNKNOWN]),
        (ALL, Paying(False, ("PREPAYMENT", "BALANCE_DUE")), [NO_ESTIMATE, UNMET]),
        (ALL, Paying(True, ()), []),
        (PREPAID, Paying(missing=("SOMETHING_NEW",)), [UNMET]),
    ],
)
def test_what_the_file_asks_and_is_open_or_was_not_told_is_named(
    mood: Protocol, policy: PaymentPolicy, paying: Paying, open_: list[str]
) -> None:
    found = [*paying_blockers(paying, mood, policy)]
    assert [blocker.code for blocker in found] == open_
    assert all(blocker.owner == "biller" and blocker.wording for blocker in found)


@pytest.mark.parametrize(
    ("missing", "says"),
    [
        (("PREPAYMENT",), "Not settled: no credit of a package is there for this session."),
        (("BALANCE_DUE",), "Not settled: more is due of earlier invoices than the clinic lets be."),
        (("LATER_CODE",), "Not settled: LATER_CODE."),
    ],
)
def test_what_is_missing_is_said_in_words(mood: Protocol, missing: tuple[str, ...], says: str) -> None:
    (found,) = paying_blockers(Paying(missing=missing), mood, PREPAID)
    assert found.wording == says


def test_where_a_payer_authorises_nothing_of_it_is_asked(mood: Protocol) -> None:
    claimed = mood.model_copy(update={"authorisation": True})
    assert [*paying_blockers(Paying(), claimed, ALL)] == []
    assert [*paying_blockers(Paying(), mood, ALL)] != []


def test_money_keeps_a_session_from_being_ready_and_holds_no_dose(mood: Protocol, file: ClinicFile) -> None:
    """The same in everything else: what holds the dose is what held it without the policy."""
    asking = file.model_copy(update={"prices": file.prices.model_copy(update={"before_session": ALL})})
    chair = AtChair(checked_in=False, escort_named=False, readings=[], room=timedelta(minutes=150))
    care = Care([], None, [], 0, False)
    without, found = (readiness(care, chair, mood, each, NOON) for each in (file, asking))
    assert {one.code for one in found} - {one.code for one in without} == {NO_ESTIMATE, UNKNOWN}
    assert holding(found) == without == holding(without)


def test_a_sweep_tells_it_as_a_task_of_the_day_before() -> None:
    asked = [Blocker(code, "biller", "", holds_dose=False) for code in (NO_ESTIMATE, UNMET, UNKNOWN)]
    detail = to_settle(asked, NOON)
    assert codes(detail) == [NO_ESTIMATE, UNKNOWN, UNMET]
    assert {one.deadline for one in detail.blockers} == {NOON - timedelta(hours=24)}
