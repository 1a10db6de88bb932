"""Short ways to say what the tests of scheduling's domain are about."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from services.scheduling.domain.care import Order
from services.scheduling.domain.course import Elsewhere, Limits, Wish
from services.scheduling.domain.dayanswers import (
    ESCORT,
    Day,
    DayAnswers,
    Meal,
    Override,
    Pregnancy,
    Solids,
    SuicideScreen,
)
from services.scheduling.domain.place import Closure, Place, weekday
from services.scheduling.domain.vitals import Reading, Vitals
from shared.clinicfile.model import CourseTemplate, Opening, Weekday
from shared.clinicfile.policies import SessionPolicy, VitalLimits
from shared.events.parts import Modality
from shared.events.prescribing import OrderContent

ZONE = "America/Boise"
POLICY = SessionPolicy()
LIMITS = VitalLimits()
NOON = datetime(2026, 11, 30, 19, 0, tzinfo=UTC)
OFFICE = Opening(opens=time(8), closes=time(17))
WEEKDAYS: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri")

IV_MOOD_6 = CourseTemplate(
    sessions=6, patterns=(("mon", "wed", "fri"), ("mon", "thu")), min_gap_hours=48, max_gap_days=7, window_days=(12, 21)
)
SPR_IND = CourseTemplate(sessions=8, patterns=(("tue", "fri"),), min_gap_hours=48, max_gap_days=7, window_days=(24, 28))
PAIN_5 = CourseTemplate(sessions=5, patterns=(WEEKDAYS,), min_gap_hours=20, max_gap_days=3, window_days=(5, 7))


def closed(*days: date, reason: str = "HOLIDAY") -> tuple[Closure, ...]:
    return tuple(Closure(day, day, reason) for day in days)


def place(
    closures: Iterable[Closure] = (), *, open_on: Iterable[Weekday] = WEEKDAYS, zone: str = ZONE, minutes: int = 150,
    hours: Opening = OFFICE,
) -> Place:  # fmt: skip
    return Place(
        zone=zone, hours=dict.fromkeys(open_on, hours), closures=tuple(closures), length=timedelta(minutes=minutes)
    )


def limits(
    template: CourseTemplate, start_on: date, pattern: str, *, at: time = time(9), where: Place | None = None,
    elsewhere: tuple[Elsewhere, ...] = (), order_expires_at: datetime | None = None, now: datetime | None = None,
) -> Limits:  # fmt: skip
    wish = Wish(start_on, frozenset(pattern.split()), at)  # type: ignore[arg-type]
    return Limits(
        template, wish, where or place(), now or datetime(2026, 11, 1, tzinfo=UTC), order_expires_at, elsewhere
    )


def days(text: str, year: int = 2026) -> tuple[date, ...]:
    """`11-30 12-02`: dates of a year, going on to the next one after December."""
    found: list[date] = []
    for part in text.split():
        month, day = map(int, part.split("-"))
        found.append(date(year, month, day))
        if len(found) > 1 and found[-1] < found[-2]:
            year += 1
            found[-1] = date(year, month, day)
    return tuple(found)


def reading(minute: float = 0, **vitals: Any) -> Reading:
    """Vitals taken some minutes after noon."""
    return Reading(NOON + timedelta(minutes=minute), Vitals(**vitals))


def at(minute: float) -> datetime:
    return NOON + timedelta(minutes=minute)


def content(protocol: str = "IV_MOOD_6", modality: Modality = Modality.IV_MOOD, minutes: int = 40) -> OrderContent:
    return OrderContent(
        modality=modality, protocol=protocol, mg_per_kg=Decimal("0.5"), dose_weight_kg=Decimal(70), dose_mg=35,
        minutes=minutes, draw_ml=Decimal("0.7"), rate_ml_per_hour=Decimal("52.5"), stock_mg_per_ml=Decimal(50),
        arithmetic=(),
    )  # fmt: skip


def order(number: int = 1, *, signed: float = -60, expires: float = 60, **of: object) -> Order:
    return Order(UUID(int=number), at(signed), at(expires), content(**of))  # type: ignore[arg-type]


ANSWERS = DayAnswers(
    solids=Solids(at=at(-480), meal=Meal.HEAVY), clear_liquids_at=at(-120), intoxicated=False,
    medications_reviewed=True, allergies_reviewed=True, pregnancy=Pregnancy(possible=False),
    weighed_on=date(2026, 10, 31), assessed_at=at(-72 * 60),
    suicide_screen=SuicideScreen(at=at(-30), concern=False), monitoring_ready=True, pulse_oximeter=True,
    prescriber_on_site=True,
)  # fmt: skip
"""Just enough of everything for a dose at noon on 2026-11-30."""


def day(*overrides: Override, told_at: float | None = None, adult: bool | None = True, **change: Any) -> Day:
    """A day on which everything else was answered as it should be; `told_at` in minutes for all of it."""
    answers = ANSWERS.model_copy(update=change)
    names = [*DayAnswers.model_fields, ESCORT]
    told = {} if told_at is None else dict.fromkeys(names, at(told_at))
    return Day(answers=answers, told_at=told, overrides=overrides, escort_adult=adult)


__all__ = [
    "ANSWERS", "IV_MOOD_6", "LIMITS", "NOON", "OFFICE", "PAIN_5", "POLICY", "SPR_IND", "WEEKDAYS", "ZONE", "at",
    "closed", "day", "days", "limits", "order", "place", "reading", "weekday",
]  # fmt: skip
