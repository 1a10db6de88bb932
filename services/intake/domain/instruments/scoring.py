"""Scoring of filled instruments (domain B.3 to B.7, A.6). An item that was not answered is never counted as zero.

A finding that the missing items could turn either way is None: unknown, never "no".
"""

from collections.abc import Callable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

from pydantic import BaseModel, ConfigDict

from services.intake.domain.instruments.catalogue import CATALOGUE, Instrument, InstrumentCode
from services.intake.domain.safety import Risk

Answers = Sequence[int | None]
Finding = Callable[[Sequence[int]], bool]

_PCL5_CUT = 33
_PCL5_CLUSTERS = {"B": (0, 5, 1), "C": (5, 7, 1), "D": (7, 14, 2), "E": (14, 20, 2)}  # from, to, symptoms needed
_MDQ_YES, _MODERATE_PROBLEM = 7, 2
_SEVERITY, _INTERFERENCE = slice(0, 4), slice(4, 11)
_ENOUGH_INTERFERENCE = 4
_SKIPS: Mapping[InstrumentCode, Mapping[int, range]] = {
    InstrumentCode.CSSRS_SCREEN: {1: range(2, 5), 5: range(6, 7)},
    InstrumentCode.PCPTSD5: {0: range(1, 6)},
    InstrumentCode.AUDITC: {0: range(1, 3)},
}
"""Items, counted from 0, that are not asked after a no or "never" to the one before the colon."""


class WrongAnswers(ValueError):
    """Not as many answers as the instrument has items, or points that an item does not have; says which."""

    def __init__(self, item: int | None) -> None:
        super().__init__("too many or too few answers" if item is None else f"item {item} has no such points")
        self.item = item


class Score(BaseModel):
    """What a filled instrument says. `total` in points, None where items are missing or the instrument has none.

    `subscales`: PCL-5 symptoms by cluster, BPI means of 0 to 10. `findings`: true, false, or null for unknown. `risk`
    is that of the Columbia screener, `possible_risk` the highest that the items not answered could give.
    """

    model_config = ConfigDict(frozen=True)

    instrument: InstrumentCode
    total: int | None
    band: str | None
    missing: int
    subscales: dict[str, Decimal | None] = {}
    findings: dict[str, bool | None] = {}
    risk: Risk | None = None
    possible_risk: Risk | None = None


class InstrumentResult(BaseModel):
    """What is kept of a filled instrument: the points and how they were scored then; `difficulty` (0 to 3) of the GAD-7
    is no part of the score."""

    model_config = ConfigDict(frozen=True)

    answers: tuple[int | None, ...]
    score: Score
    difficulty: int | None = None


def score(code: InstrumentCode, answers: Answers, sex_at_birth: str | None = None) -> Score:
    """Score points per item, None for an item without answer; yes is 1. Raises WrongAnswers.

    `sex_at_birth` decides the limit of AUDIT-C: 4 for men, 3 for everybody else (B.7).
    """
    instrument = CATALOGUE[code]
    _check(instrument, answers)
    answers = asked(code, answers)
    missing = sum(answer is None for answer in answers)
    total = _total(instrument, answers) if not missing else None
    columbia = code is InstrumentCode.CSSRS_SCREEN
    return Score(
        instrument=code, total=total, band=_band(instrument, total), missing=missing,
        subscales=_subscales(code, answers), findings=_findings(instrument, answers, sex_at_birth),
        risk=_risk(answers) if columbia else None,
        possible_risk=_risk([1 if answer is None else answer for answer in answers]) if columbia else None,
    )  # fmt: skip


def _check(instrument: Instrument, answers: Answers) -> None:
    if len(answers) != len(instrument.highest):
        raise WrongAnswers(None)
    for number, (answer, highest) in enumerate(zip(answers, instrument.highest, strict=True), start=1):
        if answer is not None and not 0 <= answer <= highest:
            raise WrongAnswers(number)


def asked(code: InstrumentCode, answers: Answers) -> Answers:
    """The answers with a no where an earlier no skipped the question, which is then not missing.

    The Columbia screener asks 3 to 5 only after a yes to 2, and when only after a yes to ever (A.6); the primary-care
    PTSD screen asks nothing without an exposure (B.1); the AUDIT-C asks nobody how much who never drinks.
    """
    skips = _SKIPS.get(code, {})
    skipped = {item for gate, items in skips.items() if answers[gate] == 0 for item in items}
    return [0 if answer is None and item in skipped else answer for item, answer in enumerate(answers)]


def contradictory(code: InstrumentCode, answers: Answers) -> Sequence[int]:
    """Items of the AUDIT-C, counted from 0, of which one is wrong: never a drink, and points for how much.

    In a suicide screen a yes counts although an earlier no skips it (A.8); without an exposure nothing counts (B.1).
    """
    if code is not InstrumentCode.AUDITC or answers[0] != 0:
        return ()
    amounts = [item for item in _SKIPS[code][0] if answers[item]]
    return (0, *amounts) if amounts else ()


def _total(instrument: Instrument, answers: Answers) -> int | None:
    """The first item of the primary-care PTSD screen, exposure, opens it and gives no point itself."""
    if not instrument.has_total:
        return None
    if instrument.code is InstrumentCode.PCPTSD5:
        return sum(answer or 0 for answer in answers[1:]) if answers[0] else 0
    return sum(answer or 0 for answer in answers)


def _band(instrument: Instrument, total: int | None) -> str | None:
    return next((name for least, name in instrument.bands if total is not None and total >= least), None)


def _certain(instrument: Instrument, answers: Answers, holds: Finding) -> bool | None:
    """Whether it holds however the missing items turn out. More points never make one of these findings untrue, so
    the fewest and the most points tell."""
    fewest = [0 if answer is None else answer for answer in answers]
    most = [top if answer is None else answer for answer, top in zip(answers, instrument.highest, strict=True)]
    return holds(fewest) if holds(fewest) == holds(most) else None


def _findings(instrument: Instrument, answers: Answers, sex_at_birth: str | None) -> dict[str, bool | None]:
    certain = {name: _certain(instrument, answers, holds) for name, holds in _rising(instrument.code, sex_at_birth)}
    if instrument.code is InstrumentCode.AUDITC:
        return certain | {"ITEM1_ONLY": _item1_only(answers)}
    return certain


def _rising(code: InstrumentCode, sex_at_birth: str | None) -> Sequence[tuple[str, Finding]]:
    """Findings that more points can only bring about."""
    match code:
        case InstrumentCode.GAD7:
            return [("SCREEN_POSITIVE", lambda points: sum(points) >= 10)]
        case InstrumentCode.PCL5:
            return [("PROVISIONAL_PTSD", _all_clusters), ("SCREEN_POSITIVE", lambda points: sum(points) >= _PCL5_CUT)]
        case InstrumentCode.AUDITC:
            limit = 4 if sex_at_birth == "male" else 3
            return [("SCREEN_POSITIVE", lambda points: sum(points) >= limit)]
        case InstrumentCode.MDQ:
            return [("SCREEN_POSITIVE", _mood_disorder)]
        case InstrumentCode.CADSS:
            return [("DISSOCIATION", lambda points: sum(points) > 4)]
        case _:
            return []


def _item1_only(answers: Answers) -> bool | None:
    """AUDIT-C: every point comes from how often, none from how much: likely within limits, look before acting (B.7)."""
    often, others = answers[0], answers[1:]
    if often == 0 or any(others):
        return False
    return None if None in answers else True


def _symptoms(points: Sequence[int], first: int, end: int) -> int:
    """PCL-5 items that count as symptomatic: 2 points or more."""
    return sum(point >= 2 for point in points[first:end])


def _all_clusters(points: Sequence[int]) -> bool:
    return all(_symptoms(points, first, end) >= needed for first, end, needed in _PCL5_CLUSTERS.values())


def _mood_disorder(points: Sequence[int]) -> bool:
    """MDQ: 7 of 13 yes, at the same time, and a moderate or serious problem."""
    return sum(points[:13]) >= _MDQ_YES and bool(points[13]) and points[14] >= _MODERATE_PROBLEM


def _subscales(code: InstrumentCode, answers: Answers) -> dict[str, Decimal | None]:
    if code is InstrumentCode.PCL5:
        return {name: _counted(answers[first:end]) for name, (first, end, _) in _PCL5_CLUSTERS.items()}
    if code is InstrumentCode.BPI_SF:
        severity, interference = answers[_SEVERITY], answers[_INTERFERENCE]
        return {"SEVERITY": _mean(severity, 4), "INTERFERENCE": _mean(interference, _ENOUGH_INTERFERENCE)}
    return {}


def _counted(answers: Answers) -> Decimal | None:
    return None if None in answers else Decimal(sum((answer or 0) >= 2 for answer in answers))


def _mean(answers: Answers, enough: int) -> Decimal | None:
    """The mean of what was answered, to two places; None when too little was."""
    given = [answer for answer in answers if answer is not None]
    if len(given) < enough:
        return None
    return (Decimal(sum(given)) / len(given)).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _risk(answers: Answers) -> Risk | None:
    """The Columbia screener (A.6), first match. Answers: q1 to q5 of the past month, q6 lifetime, q6 in 3 months."""
    wish, thoughts, method, intent, plan, ever, lately = answers
    if intent or plan or lately:
        return Risk.HIGH
    if method or ever:
        return Risk.MODERATE
    return Risk.LOW if wish or thoughts else None
