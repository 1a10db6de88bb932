"""How old a fact may be, what would settle a finding and until when, and when time alone changes a decision."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.intake.domain.aging import ages_of, carried, recalled
from services.intake.domain.comparing import got_worse, same_findings
from services.intake.domain.facts import Consented, Enrolled, History, facts_over_time, known_facts
from services.intake.domain.instrumentfacts import Filled
from services.intake.domain.instruments import InstrumentCode, InstrumentResult, score
from services.intake.domain.known import KnownFact
from services.intake.domain.lasting import moments, valid_until
from services.intake.domain.observations import Item9, PressureReading
from services.intake.domain.screening import Decision, following, screen
from shared.events.parts import Modality
from tests.unit.intake.cases import (
    BOISE,
    FIT,
    NOTHING_AGAINST,
    NOW,
    ago,
    answered,
    decision_on,
    history,
    larkspur,
    pressure,
    quantity,
)

DAY = timedelta(days=1)
MAN: dict[str, Any] = {"sex_at_birth": "male"}
LONG_AGO = ago(days=91)
SIGNED_LONG_AGO = (Consented("IV_TREATMENT", "2026-10", ago(days=360)),)


def decided_at(subject: History, at: datetime, standing: Decision | None = None) -> Decision:
    facts = known_facts(subject, at, BOISE, site_certified=True)
    facts = carried(facts, standing.facts if standing else {}, at, 90)
    return screen(larkspur(), "hash-1", facts, at)


def lasts(subject: History) -> datetime | None:
    decision = decision_on(subject)
    return valid_until(
        larkspur(), decision, subject,
        lambda at: carried(known_facts(subject, at, BOISE, site_certified=True), decision.facts, at, 90),
    )  # fmt: skip


def lasts_plainly(subject: History) -> datetime | None:
    """The same the long way: everything is decided anew at every moment at which something may turn."""
    decision = decision_on(subject)
    lapses = min((c.until for c in decision.conditions if c.waits), default=None)
    bare = decision.model_copy(update={"conditions": ()})
    for moment in sorted(moments(larkspur(), decision, subject)):
        if lapses is not None and moment >= lapses:
            return lapses
        if not same_findings(decided_at(subject, moment, decision), bare):
            return moment
    return lapses


LATELY = st.one_of(st.timedeltas(timedelta(), timedelta(hours=30)), st.timedeltas(timedelta(), timedelta(days=100)))
WHEN = LATELY.map(lambda back: NOW - back)
DAYS = st.sampled_from(["absent", "2026-10-09", "2026-10-10", "2026-11-12", "2026-11-13", "2026-11-19", "2026-11-20"])
SAID = st.builds(
    lambda some, test, event: some | {"negative_pregnancy_test_on": test, "cardiac_event_on": event},
    st.dictionaries(st.sampled_from(NOTHING_AGAINST), st.sampled_from(["yes", "unknown", "absent"]), max_size=4),
    DAYS, DAYS,
)  # fmt: skip
SCREENS = st.lists(st.sampled_from([0, 0, 0, 1, None]), min_size=7, max_size=7)


def newest_first(what: st.SearchStrategy[Any], least: int = 0) -> st.SearchStrategy[tuple[Any, ...]]:
    found = st.lists(what, min_size=least, max_size=3)
    return found.map(lambda some: tuple(sorted(some, key=lambda one: one.at, reverse=True)))


def amounts(*kinds: str) -> st.SearchStrategy[tuple[Any, ...]]:
    return newest_first(st.builds(lambda at, amount: quantity(amount, at=at), WHEN, st.sampled_from(kinds)))


def screened(at: datetime, answers: list[int | None]) -> Filled:
    found = score(InstrumentCode.CSSRS_SCREEN, answers, "female")
    return Filled(at, "patient", InstrumentResult(answers=tuple(answers), score=found))


ANYBODY = st.fixed_dictionaries(
    {
        "birth_date": st.sampled_from([date(1986, 3, 14), date(1961, 12, 1), date(2008, 12, 1), date(2008, 11, 21)]),
        "sex_at_birth": st.sampled_from(["female", "male", "unknown"]),
        "questionnaires": newest_first(st.builds(lambda at, said: answered(at=at, **FIT | said), WHEN, SAID), 1),
        "item9": newest_first(
            st.builds(lambda at, said: Item9(at=at, source="patient", points=said), WHEN, st.sampled_from([0, None]))
        ),
        "pressures": newest_first(
            st.builds(lambda at, high: pressure(high, 80, at=at), WHEN, st.sampled_from([110, 128, 141, 181]))
        ),
        "weights": amounts("70"), "heights": amounts("165"), "heart_rates": amounts("68"), "asa_classes": amounts("2"),
        "instruments": newest_first(st.builds(screened, WHEN, SCREENS)),
        "consents": newest_first(
            st.builds(lambda days: Consented("IV_TREATMENT", "2026-10", ago(days=days)), st.integers(0, 367))
        ),
        "enrolment": st.sampled_from([None, Enrolled(yes=True, at=ago(days=3)), Enrolled(yes=False, at=ago(days=3))]),
    }
).map(lambda changes: history(**changes))  # fmt: skip


@settings(max_examples=80)
@given(ANYBODY)
def test_the_moment_is_the_one_that_deciding_everything_anew_at_each_finds(subject: History) -> None:
    assert lasts(subject) == lasts_plainly(subject)


@settings(max_examples=40)
@given(ANYBODY)
def test_facts_of_an_instant_do_not_depend_on_which_other_instants_were_asked_for(subject: History) -> None:
    known, turns = facts_over_time(subject, BOISE), sorted(moments(larkspur(), decision_on(subject), subject))
    found = {moment: known(moment) for moment in reversed([NOW, *turns])}
    assert found == {moment: known_facts(subject, moment, BOISE) for moment in [NOW, *turns]}


def rules_of(decision: Decision) -> dict[str, str]:
    found = decision.of(Modality.IV_MOOD)
    assert found is not None
    return {finding.rule_id: finding.reason_code for finding in found.findings}


def test_what_is_too_old_asks_and_never_passes() -> None:
    old = history(questionnaires=(answered(at=LONG_AGO, **FIT),), **MAN)
    found = rules_of(decision_on(old))
    assert found["SCR-010"] == "INCOMPLETE"
    assert "SCR-001" not in found  # an age is counted, not asked
    [allergy] = [f for m in decision_on(old).modalities for f in m.findings if f.rule_id == "SCR-010"][:1]
    assert (allergy.open_questions, allergy.would_be) == (("allergy_ketamine",), "INELIGIBLE")
    still = history(questionnaires=(answered(at=ago(days=90, hours=23), **FIT),), **MAN)
    assert rules_of(decision_on(still)) == {}


def test_a_yes_is_never_too_old() -> None:
    old = history(questionnaires=(answered(at=LONG_AGO, **FIT | {"intracerebral_haemorrhage": "yes"}),), **MAN)
    assert rules_of(decision_on(old))["SCR-013"] == "FIRED"


def test_a_yes_of_another_day_asks_anew_and_a_no_stands_until_the_next_dose_asks() -> None:
    drunk = history(questionnaires=(answered(at=ago(hours=25), **FIT | {"intoxicated_now": "yes"}),), **MAN)
    sober = history(questionnaires=(answered(at=ago(hours=25), **FIT),), **MAN)
    assert rules_of(decision_on(drunk)) == {"SCR-064": "INCOMPLETE"}
    assert rules_of(decision_on(sober)) == {}


@pytest.mark.parametrize(
    ("systolic", "later", "found"),
    [(128, 9, {}), (150, 9, {"SCR-041": "INCOMPLETE"}), (128, 91, {"SCR-041": "INCOMPLETE", "SCR-042": "INCOMPLETE"})],
)
def test_a_pressure_of_the_day_is_carried_on_as_long_as_it_says_nothing(
    systolic: int, later: int, found: dict[str, str]
) -> None:
    subject = history(pressures=(pressure(systolic, 80),), **MAN)
    again = decided_at(subject, NOW + later * DAY, decision_on(subject))
    assert {r: why for r, why in rules_of(again).items() if r in ("SCR-041", "SCR-042")} == found


@pytest.mark.parametrize(
    ("corrected", "found"),
    [
        ([pressure(128, 80)], {}),
        ([pressure(132, 82)], {}),
        ([pressure(150, 80)], {"SCR-041": "INCOMPLETE"}),
        ([pressure(190, 100)], {"SCR-042": "INCOMPLETE"}),
        ([], {"SCR-041": "INCOMPLETE", "SCR-042": "INCOMPLETE"}),  # it was never measured
        ([pressure(128, 80, at=ago(days=3))], {"SCR-041": "INCOMPLETE", "SCR-042": "INCOMPLETE"}),
    ],
)
def test_a_pressure_that_was_corrected_is_not_carried_on(
    corrected: list[PressureReading], found: dict[str, str]
) -> None:
    wrong = decision_on(history(**MAN))
    right = history(pressures=corrected, **MAN)
    facts = recalled(wrong.facts, lambda at: known_facts(right, at, BOISE, site_certified=True))
    again = decided_at(right, NOW + 2 * DAY, wrong.model_copy(update={"facts": facts}))
    assert {r: why for r, why in rules_of(again).items() if r in ("SCR-041", "SCR-042")} == found
    rest = {name for name in wrong.facts if name not in ("systolic_24h_max", "diastolic_24h_max")}
    assert {name: facts[name] for name in rest} == {name: wrong.facts[name] for name in rest}


def test_a_first_screening_needs_a_pressure_of_the_day() -> None:
    assert rules_of(decision_on(history(pressures=(pressure(128, 80, at=ago(hours=25)),), **MAN))) == {
        "SCR-041": "INCOMPLETE", "SCR-042": "INCOMPLETE",
    }  # fmt: skip


def test_only_facts_that_may_age_do() -> None:
    facts = {
        name: KnownFact(value=1, source="staff", as_of=LONG_AGO)
        for name in ("asa_class", "systolic_24h_max", "age_years")
    }
    ages = ages_of(facts, NOW, 90)
    assert (ages.aged, ages.lapsed) == ({"asa_class"}, {"systolic_24h_max"})


@pytest.mark.parametrize(
    ("answers", "changes", "until"),
    [
        ({}, {}, datetime(2026, 11, 26, tzinfo=BOISE)),  # the pregnancy test of the 18th is 8 days old
        ({}, MAN, NOW + 31 * DAY),  # the weight
        ({}, MAN | {"weights": (quantity("70", at=ago(days=20)),)}, NOW + 11 * DAY),
        ({}, MAN | {"birth_date": date(1961, 12, 1)}, datetime(2026, 12, 1, tzinfo=BOISE)),  # 65
        ({}, MAN | {"birth_date": date(2008, 12, 1)}, datetime(2026, 12, 1, tzinfo=BOISE)),  # 18
        ({}, MAN | {"consents": SIGNED_LONG_AGO}, NOW + 6 * DAY),
        ({}, MAN | {"questionnaires": (answered(at=ago(days=80), **FIT),)}, NOW + 11 * DAY),
        ({"cardiovascular_disease": "yes"}, MAN, NOW + 30 * DAY),  # the ECG
        ({"cardiac_event": "yes", "cardiac_event_on": "2026-10-19"}, MAN, datetime(2026, 11, 30, tzinfo=BOISE)),
        ({"alcohol_today": "yes"}, MAN, NOW + DAY),
        ({}, MAN | {"pressures": (pressure(150, 80), )}, NOW + DAY),
        ({}, MAN | {"pressures": (pressure(128, 80), pressure(150, 80, at=ago(hours=20)))}, NOW + timedelta(hours=4)),
    ],
)  # fmt: skip
def test_when_time_alone_changes_a_decision(answers: dict[str, Any], changes: dict[str, Any], until: datetime) -> None:
    subject = history(answers, **changes)
    found = lasts(subject)
    assert found is not None
    assert timedelta() <= found - until <= timedelta(microseconds=1)


@pytest.mark.parametrize(
    "changes",
    [{}, MAN, MAN | {"birth_date": date(1961, 12, 1)}, MAN | {"consents": SIGNED_LONG_AGO}, {"weights": ()},
     MAN | {"pressures": (pressure(150, 95), pressure(150, 95, at=ago(hours=9)))}],
)  # fmt: skip
def test_until_then_nothing_changes_and_then_something_does(changes: dict[str, Any]) -> None:
    subject = history(**changes)
    standing, until = decision_on(subject), lasts(subject)
    assert until is not None
    for share in range(10):
        between = NOW + (until - NOW) * share / 10
        assert same_findings(decided_at(subject, between, standing), standing)
    assert not same_findings(decided_at(subject, until, standing), standing)


def test_what_would_settle_a_finding_is_recorded_with_owner_and_time() -> None:
    [ecg] = decision_on(history({"cardiovascular_disease": "yes"}, **MAN)).conditions
    assert (ecg.rule_id, ecg.code, ecg.owner, ecg.until) == ("SCR-044", "ECG", "clinician", NOW + 30 * DAY)
    assert ecg.modalities == (Modality.IV_MOOD, Modality.IV_PAIN)
    assert decision_on(history(**MAN)).conditions == ()


@pytest.mark.parametrize(
    ("days", "reviewed", "settled", "lapsed"),
    [(29, False, False, False), (30, False, False, True), (29, True, True, False), (30, True, True, False)],
)
def test_a_condition_keeps_its_time_and_lapses_unless_a_review_settled_it(
    days: int, reviewed: bool, settled: bool, lapsed: bool
) -> None:
    subject = history({"cardiovascular_disease": "yes"}, **MAN)
    standing = decision_on(subject)
    again = following(decided_at(subject, NOW + days * DAY, standing), standing, reviewed=reviewed)
    [ecg] = again.conditions
    assert (ecg.until, ecg.settled, ecg.lapsed) == (NOW + 30 * DAY, settled, lapsed)
    assert same_findings(again, standing) is not lapsed


def test_worse_is_a_more_severe_outcome_of_any_modality() -> None:
    fit, look = decision_on(history(**MAN)), decision_on(history({"psychosis_history": "yes"}, **MAN))
    never = decision_on(history({"allergy_ketamine": "yes"}, **MAN))
    assert [got_worse(never, fit), got_worse(fit, never), got_worse(look, look)] == [True, False, False]
