"""Scoring of the PHQ-9 (domain B.2). An unanswered item is never counted as "not at all"."""

from collections.abc import Sequence
from decimal import Decimal

from pydantic import BaseModel, ConfigDict

from shared.money import round_half_up

PHQ9 = "PHQ9"
ITEMS = 9
MAX_MISSING = 2
MOST = 3
SCREEN_POSITIVE, PHQ2_POSITIVE = 10, 3
LOINC_ITEMS = (
    "44250-9", "44255-8", "44259-0", "44254-1", "44251-7", "44258-2", "44252-5", "44253-3", "44260-8",
)  # fmt: skip
LOINC_TOTAL, LOINC_PANEL, LOINC_PHQ2 = "44261-6", "44249-1", "55758-7"
LOINC_DIFFICULTY = "69722-7"
"""How difficult the problems made daily life, 0 to 3: asked after the items, kept, and no part of any score."""
BANDS = ((20, "SEVERE"), (15, "MODERATELY_SEVERE"), (10, "MODERATE"), (5, "MILD"), (0, "MINIMAL"))

Answers = Sequence[int | None]


class Phq9Score(BaseModel):
    """Total 0-27 in points, None when more than two items are missing. What the missing items could turn either way is
    None, such as `safety` when item 9 was not answered: unknown, never "no". `phq2`: items 1 and 2. Those of its fields
    that have a default are missing in what was scored before there were any."""

    model_config = ConfigDict(frozen=True)

    total: int | None
    band: str | None
    prorated: bool
    missing: int
    major_depressive_syndrome: bool | None
    other_depressive_syndrome: bool | None
    item9: int | None
    safety: bool | None
    positive_items: tuple[str, ...]
    screen_positive: bool | None = None
    phq2: int | None = None
    phq2_positive: bool | None = None


class Phq9Result(BaseModel):
    """What is kept of a filled PHQ-9: the answers, how they were scored then, and `difficulty` (0 to 3), unscored."""

    model_config = ConfigDict(frozen=True)

    answers: tuple[int | None, ...]
    score: Phq9Score
    difficulty: int | None = None


def score(answers: Answers) -> Phq9Score:
    """Score nine answers of 0-3 points or None. With one or two missing the total is prorated, rounded half up."""
    missing = sum(answer is None for answer in answers)
    total = _total(answers, missing)
    item9, first = answers[ITEMS - 1], answers[:2]
    return Phq9Score(
        total=total,
        band=None if total is None else _band(total),
        prorated=0 < missing <= MAX_MISSING,
        missing=missing,
        major_depressive_syndrome=_certain(answers, "MDS"),
        other_depressive_syndrome=_certain(answers, "ODS"),
        item9=item9,
        safety=None if item9 is None else item9 >= 1,
        positive_items=tuple(f"PHQ9-{n}" for n in range(1, ITEMS + 1) if _counted(answers, n)),
        screen_positive=_reaches(answers, SCREEN_POSITIVE),
        phq2=None if None in first else sum(points or 0 for points in first),
        phq2_positive=_reaches(first, PHQ2_POSITIVE),
    )


def _reaches(answers: Answers, least: int) -> bool | None:
    """Whether the points come to so many however the missing items were answered; None if it depends."""
    known, open_ = sum(points or 0 for points in answers), sum(points is None for points in answers)
    if known >= least:
        return True
    return None if known + MOST * open_ >= least else False


def _total(answers: Answers, missing: int) -> int | None:
    if missing > MAX_MISSING:
        return None
    return round_half_up(Decimal(sum(answer or 0 for answer in answers)) * ITEMS / (ITEMS - missing))


def _band(total: int) -> str:
    return next(name for least, name in BANDS if total >= least)


def _counted(answers: Answers, item: int) -> bool:
    """Whether an item counts as a symptom: items 1-8 from 2 points, item 9 from 1."""
    return (answers[item - 1] or 0) >= (1 if item == ITEMS else 2)


def _certain(answers: Answers, syndrome: str) -> bool | None:
    """Whether the syndrome holds in every way the missing items could have been answered; None if it depends."""
    verdicts = {_syndrome(filled) == syndrome for filled in _completions(answers)}
    return verdicts.pop() if len(verdicts) == 1 else None


def _completions(answers: Answers) -> list[list[int]]:
    """Every answer sheet the missing items allow; 0 and 3 points stand for "not counted" and "counted"."""
    sheets: list[list[int]] = [[]]
    for answer in answers:
        sheets = [[*sheet, points] for sheet in sheets for points in ((0, 3) if answer is None else (answer,))]
    return sheets


def _syndrome(answers: Sequence[int]) -> str | None:
    """MDS: at least 5 symptoms counted, ODS: 2 to 4, both with item 1 or 2 among them."""
    counted = sum(_counted(answers, n) for n in range(1, ITEMS + 1))
    if counted < 2 or not (_counted(answers, 1) or _counted(answers, 2)):
        return None
    return "MDS" if counted >= 5 else "ODS"
