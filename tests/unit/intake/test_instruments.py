"""Instruments against the vectors of domain B.3 to B.7 and A.6, and more."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.intake.domain.instruments import CATALOGUE, InstrumentCode, WrongAnswers, asked, contradictory, score
from services.intake.domain.safety import Risk

GAD7, PCL5, AUDITC, MDQ = InstrumentCode.GAD7, InstrumentCode.PCL5, InstrumentCode.AUDITC, InstrumentCode.MDQ
COLUMBIA, BPI, PCPTSD5 = InstrumentCode.CSSRS_SCREEN, InstrumentCode.BPI_SF, InstrumentCode.PCPTSD5


def sheet(items: int, **points: int) -> list[int]:
    """So many zeros, with points at items named `i1`, `i2`, ..."""
    return [points.get(f"i{number}", 0) for number in range(1, items + 1)]


@pytest.mark.parametrize(
    ("answers", "total", "band", "positive"),
    [
        ([0] * 7, 0, "MINIMAL", False),
        ([1] * 7, 7, "MILD", False),
        ([2, 2, 2, 2, 1, 1, 0], 10, "MODERATE", True),
        ([3] * 7, 21, "SEVERE", True),
        ([3, 1, 0, 0, 0, 0, 0], 4, "MINIMAL", False),
        ([3, 2, 0, 0, 0, 0, 0], 5, "MILD", False),
        ([3, 3, 3, 0, 0, 0, 0], 9, "MILD", False),
        ([3, 3, 3, 3, 2, 0, 0], 14, "MODERATE", True),
        ([3, 3, 3, 3, 3, 0, 0], 15, "SEVERE", True),
    ],
)
def test_gad7(answers, total, band, positive):
    found = score(GAD7, answers)
    assert (found.total, found.band, found.findings) == (total, band, {"SCREEN_POSITIVE": positive})


@pytest.mark.parametrize(
    ("answers", "total", "counts", "provisional", "cut"),
    [
        ([2] * 20, 40, (5, 2, 7, 6), True, True),
        (sheet(20, i1=2, i6=2, i8=2, i9=2, i15=2, i16=2), 12, (1, 1, 2, 2), True, False),
        ([1] * 20, 20, (0, 0, 0, 0), False, False),
        (sheet(20, i1=2, i6=2, i8=2, i15=2, i16=2), 10, (1, 1, 1, 2), False, False),  # one symptom of D
        ([4] * 8 + [0] * 12, 32, (5, 2, 1, 0), False, False),
        ([4] * 8 + [1] + [0] * 11, 33, (5, 2, 1, 0), False, True),
    ],
)
def test_pcl5(answers, total, counts, provisional, cut):
    found = score(PCL5, answers)
    assert (found.total, found.band) == (total, None)
    assert tuple(found.subscales.values()) == counts
    assert found.findings == {"PROVISIONAL_PTSD": provisional, "SCREEN_POSITIVE": cut}


@pytest.mark.parametrize(
    ("answers", "sex", "positive", "item1_only"),
    [
        ([4, 0, 0], "male", True, True),
        ([2, 1, 0], "female", True, False),
        ([2, 1, 0], "male", False, False),
        ([1, 1, 1], "other", True, False),
        ([1, 1, 1], None, True, False),
        ([3, 0, 0], "male", False, True),
        ([0, 0, 0], "female", False, False),
        ([4, None, None], "male", True, None),
        ([2, None, 0], "male", None, None),
        ([None, 1, None], "female", None, False),
        ([0, None, None], "female", False, False),  # who never drinks is not asked how much
        ([0, None, 0], None, False, False),
    ],
)
def test_audit_c(answers, sex, positive, item1_only):
    assert score(AUDITC, answers, sex).findings == {"SCREEN_POSITIVE": positive, "ITEM1_ONLY": item1_only}


@pytest.mark.parametrize(
    ("answers", "total", "missing", "named"),
    [
        ([0, None, None], 0, 0, []),
        ([0, 0, 0], 0, 0, []),
        ([0, 2, None], 2, 0, [0, 1]),
        ([0, None, 4], 4, 0, [0, 2]),
        ([0, 1, 1], 2, 0, [0, 1, 2]),
        ([1, 2, 0], 3, 0, []),
        ([None, 2, 0], None, 1, []),
        ([2, None, 0], None, 1, []),
    ],
)
def test_never_counts_nothing_for_how_much_and_what_contradicts_it_is_named_and_never_lowered(
    answers, total, missing, named
):
    found = score(AUDITC, answers, "male")
    assert (found.total, found.missing, [*contradictory(AUDITC, answers)]) == (total, missing, named)


@pytest.mark.parametrize(("code", "answers"), [(COLUMBIA, [0, 0, 1, 1, 1, 0, 1]), (PCPTSD5, [0, 1, 1, 1, 1, 1])])
def test_elsewhere_what_an_earlier_no_skips_is_no_contradiction(code, answers):
    assert [*contradictory(code, answers)] == []


@pytest.mark.parametrize(
    ("yes", "at_once", "problem", "positive"),
    [(7, 1, 2, True), (7, 1, 1, False), (6, 1, 3, False), (13, 0, 3, False), (13, 1, 3, True), (7, None, 2, None),
     (7, 0, None, False)],
)  # fmt: skip
def test_mood_disorder_questionnaire(yes, at_once, problem, positive):
    found = score(MDQ, [1] * yes + [0] * (13 - yes) + [at_once, problem])
    assert (found.findings["SCREEN_POSITIVE"], found.total) == (positive, None)


@pytest.mark.parametrize(
    ("answers", "risk", "missing"),
    [
        ([0, 0, 0, 0, 0, 0, 0], None, 0),
        ([1, 0, 0, 0, 0, 0, 0], Risk.LOW, 0),
        ([0, 1, 0, 0, 0, 0, 0], Risk.LOW, 0),
        ([0, 1, 1, 0, 0, 0, 0], Risk.MODERATE, 0),
        ([0, 1, 1, 1, 0, 0, 0], Risk.HIGH, 0),
        ([0, 1, 0, 0, 1, 0, 0], Risk.HIGH, 0),
        ([0, 0, 0, 0, 0, 1, 0], Risk.MODERATE, 0),
        ([0, 0, 0, 0, 0, 1, 1], Risk.HIGH, 0),
        ([1, 0, None, None, None, 0, None], Risk.LOW, 0),  # skipped after a no
        ([0, 0, 0, 1, 0, 0, 0], Risk.HIGH, 0),  # contradictory answers count as yes
        ([0, 0, 0, 0, 0, 0, 1], Risk.HIGH, 0),
        ([0, 0, None, None, None, 1, None], Risk.MODERATE, 1),
        ([None] * 7, None, 7),
    ],
)
def test_columbia_screener(answers, risk, missing):
    found = score(COLUMBIA, answers)
    assert (found.risk, found.missing, found.total) == (risk, missing, None)


@pytest.mark.parametrize(
    ("answers", "possible"),
    [([0, 0, 0, 0, 0, 0, 0], None), ([0, 0, 0, 0, 0, None, 0], Risk.MODERATE), ([0, 0, 0, 0, 0, 1, None], Risk.HIGH)],
)
def test_what_was_not_answered_in_the_columbia_screener_could_be_worse(answers, possible):
    assert score(COLUMBIA, answers).possible_risk is possible


@pytest.mark.parametrize(
    ("answers", "severity", "interference"),
    [
        ([5, 3, 4, 4] + [7] * 7, "4.00", "7.00"),
        ([5, 3, 4, None] + [1, 2, 3, 4] + [None] * 3, None, "2.50"),
        ([10, 0, 0, 0] + [1, 2, 3] + [None] * 4, "2.50", None),
        ([0, 0, 0, 0, 1, 1, 1, 1, 1, 1, 2], "0.00", "1.14"),
    ],
)
def test_brief_pain_inventory(answers, severity, interference):
    wanted = {name: value and Decimal(value) for name, value in
              (("SEVERITY", severity), ("INTERFERENCE", interference))}  # fmt: skip
    assert score(BPI, answers).subscales == wanted


@pytest.mark.parametrize(
    ("answers", "total"),
    [([0, 1, 1, 1, 1, 1], 0), ([1, 1, 0, 1, 0, 1], 3), ([0] + [None] * 5, 0), ([1] + [None] * 5, None)],
)
def test_without_an_exposure_the_primary_care_screen_has_no_points(answers, total):
    assert score(PCPTSD5, answers).total == total


@pytest.mark.parametrize(
    ("code", "total", "band"),
    [
        ("MADRS", 6, "NONE"), ("MADRS", 7, "MILD"), ("MADRS", 19, "MILD"), ("MADRS", 20, "MODERATE"),
        ("MADRS", 34, "MODERATE"), ("MADRS", 35, "SEVERE"), ("YBOCS", 7, "SUBCLINICAL"), ("YBOCS", 8, "MILD"),
        ("YBOCS", 16, "MODERATE"), ("YBOCS", 24, "SEVERE"), ("YBOCS", 31, "SEVERE"), ("YBOCS", 32, "EXTREME"),
        ("PAIN_NRS", 10, None), ("CADSS", 92, None), ("CADSS6", 24, None),
    ],
)  # fmt: skip
def test_totals_have_their_bands(code, total, band):
    highest, left, answers = CATALOGUE[InstrumentCode(code)].highest, total, []
    for most in highest:
        answers.append(min(most, left))
        left -= answers[-1]
    found = score(InstrumentCode(code), answers)
    assert (found.total, found.band) == (total, band)


@pytest.mark.parametrize(("points", "dissociation"), [(4, False), (5, True)])
def test_dissociation_is_present_above_four_points(points, dissociation):
    found = score(InstrumentCode.CADSS, [*[1] * points, *[0] * (23 - points)])
    assert found.findings == {"DISSOCIATION": dissociation}


@pytest.mark.parametrize(
    ("code", "answers", "item"),
    [
        (GAD7, [0] * 6, None),
        (GAD7, [0] * 8, None),
        (GAD7, [0] * 6 + [4], 7),
        (GAD7, [-1] + [0] * 6, 1),
        (MDQ, [2] + [0] * 14, 1),
    ],
)
def test_answers_that_the_instrument_does_not_have_are_refused_and_named(code, answers, item):
    with pytest.raises(WrongAnswers) as refused:
        score(code, answers)
    assert refused.value.item == item


def filled(code: InstrumentCode) -> st.SearchStrategy[list[int | None]]:
    return st.tuples(*[st.none() | st.integers(0, most) for most in CATALOGUE[code].highest]).map(list)


@given(st.sampled_from(sorted(CATALOGUE)).flatmap(lambda code: st.tuples(st.just(code), filled(code))), st.data())
def test_an_unknown_answer_never_settles_a_finding_that_it_could_turn(given_sheet, data):
    code, answers = given_sheet
    unsure = score(code, answers, "male").findings
    complete = [
        data.draw(st.integers(0, most)) if answer is None else answer
        for answer, most in zip(asked(code, answers), CATALOGUE[code].highest, strict=True)
    ]
    sure = score(code, complete, "male").findings
    assert {name: sure[name] for name, value in unsure.items() if value is not None} == {
        name: value for name, value in unsure.items() if value is not None
    }


@given(filled(COLUMBIA), st.data())
def test_no_answer_ever_lowers_the_risk_nor_lifts_it_above_what_was_possible(answers, data):
    before = score(COLUMBIA, answers)
    complete = [data.draw(st.integers(0, 1)) if answer is None else answer for answer in asked(COLUMBIA, answers)]
    after = score(COLUMBIA, complete)
    assert _rank(before.risk) <= _rank(after.risk) <= _rank(before.possible_risk)


def _rank(risk: Risk | None) -> int:
    return -1 if risk is None else risk.rank
