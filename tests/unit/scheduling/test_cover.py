"""Who must be on site in every minute of a session's block (domain D.2, D.5)."""

import math
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.cover import (
    Credential,
    Duty,
    Load,
    Role,
    Site,
    Skill,
    nurses_needed,
    on_duty,
    skills,
)
from services.scheduling.domain.place import Block
from shared.clinicfile.policies import CoverPolicy
from shared.events.parts import Modality
from shared.ids import new_id

MIDNIGHT = datetime(2026, 11, 30, tzinfo=UTC)
POLICY = CoverPolicy(rostered=True)
MOOD, PAIN, SPRAY = Modality.IV_MOOD, Modality.IV_PAIN, Modality.SPRAVATO_TRD
NURSE = frozenset({Skill.NURSE})
FULL = frozenset({Skill.PRESCRIBER, Skill.ACLS, Skill.BLS, Skill.REMS})


def clock(text: str) -> datetime:
    hours, minutes = map(int, text.split(":"))
    return MIDNIGHT + timedelta(hours=hours, minutes=minutes)


def block(since: str, until: str) -> Block:
    return Block(clock(since), clock(until))


def load(at: str, modality: Modality = MOOD, minutes: int = 150) -> Load:
    start = clock(at)
    return Load(Block(start, start + timedelta(minutes=minutes)), start + timedelta(minutes=30), modality)


def duty(skill: frozenset[Skill], since: str = "08:00", until: str = "18:00") -> Duty:
    return Duty(new_id(), block(since, until), skill)


def site(nurses: int, *loads: Load, **change: object) -> Site:
    people = [*(duty(NURSE | {Skill.BLS}) for _ in range(nurses)), duty(FULL)]
    return replace(Site(POLICY, people, loads), **change)


def lacks(found: list) -> list[tuple[str, str, str]]:
    return [(one.code, f"{one.since:%H:%M}", f"{one.until:%H:%M}") for one in found]


@pytest.mark.parametrize(
    ("starting", "pain", "watched", "needed"),
    [
        (0, 0, 0, 0), (0, 0, 1, 1), (0, 0, 3, 1), (0, 0, 4, 2), (1, 0, 0, 1), (1, 0, 1, 1), (1, 0, 2, 2), (2, 0, 0, 1),
        (2, 0, 1, 2), (0, 2, 0, 1), (0, 3, 0, 2), (1, 1, 3, 2), (1, 1, 4, 3),
    ],
)  # fmt: skip
def test_a_nurse_watches_three_or_two_of_whom_one_starts_or_has_pain(
    starting: int, pain: int, watched: int, needed: int
) -> None:
    at = clock("10:30")
    loads = [load("10:00")] * starting + [load("09:00", PAIN, 345)] * pain + [load("09:15")] * watched
    assert nurses_needed(loads, at, POLICY) == needed


def test_the_minutes_in_which_nurses_are_missing_are_named() -> None:
    """Two are watched and one starts at 10:30: two nurses are needed while it starts, one before and after."""
    busy = site(1, load("09:00"), load("09:15"))
    assert lacks(busy.shortages(load("10:00"))) == [("TOO_FEW_NURSES", "10:30", "10:45")]
    assert busy.shortages(load("10:00"))[0].params == {"nurses": 1, "needed": 2, "per_nurse": 2}
    assert site(2, load("09:00"), load("09:15")).shortages(load("10:00")) == []


def test_a_session_that_has_ended_when_another_starts_weighs_nothing() -> None:
    assert site(1, *[load("08:00", minutes=120)] * 3).shortages(load("10:00")) == []


@pytest.mark.parametrize(
    ("people", "expected"),
    [
        ([duty(NURSE), duty(FULL), duty(frozenset({Skill.BLS}))], []),
        ([duty(NURSE), duty(FULL)], [("NO_ACLS_AND_BLS", "10:00", "12:30")]),
        ([duty(NURSE), duty(FULL - {Skill.PRESCRIBER}), duty(frozenset({Skill.BLS}))],
         [("NO_PRESCRIBER", "10:00", "12:30")]),
        ([duty(NURSE), duty(FULL, until="12:00"), duty(frozenset({Skill.BLS}))],
         [("NO_ACLS_AND_BLS", "12:00", "12:30"), ("NO_PRESCRIBER", "12:00", "12:30")]),
        ([duty(FULL), duty(frozenset({Skill.BLS}))], [("TOO_FEW_NURSES", "10:00", "12:30"),
                                                      ("TOO_MANY_STARTS", "10:30", "10:45")]),
        ([], [("NO_ACLS_AND_BLS", "10:00", "12:30"), ("NO_PRESCRIBER", "10:00", "12:30"),
              ("TOO_FEW_NURSES", "10:00", "12:30"), ("TOO_MANY_STARTS", "10:30", "10:45")]),
    ],
)  # fmt: skip
def test_everybody_is_there_in_every_minute_of_the_block(people: list[Duty], expected: list) -> None:
    assert lacks(Site(POLICY, people, ()).shortages(load("10:00"))) == expected


def test_a_nasal_spray_needs_somebody_trained_for_its_programme_and_an_infusion_does_not() -> None:
    untrained = Site(POLICY, [duty(NURSE | {Skill.BLS}), duty(FULL - {Skill.REMS})], ())
    assert lacks(untrained.shortages(load("10:00", SPRAY, 165))) == [("NOBODY_TRAINED_FOR_REMS", "10:00", "12:45")]
    assert untrained.shortages(load("10:00")) == []


@pytest.mark.parametrize(
    ("nurses", "others", "many"),
    [(1, ["10:00"], True), (1, ["09:50"], True), (1, ["09:45"], False), (1, ["10:15"], False), (1, ["10:10"], True),
     (2, ["10:00"], False), (2, ["09:50", "10:00"], True), (2, ["09:50", "10:05"], False),
     (2, ["09:50", "10:10"], False)],
)  # fmt: skip
def test_as_many_infusions_start_in_any_quarter_of_an_hour_as_nurses_are_there(
    nurses: int, others: list[str], many: bool
) -> None:
    found = site(nurses, *map(load, others)).shortages(load("10:00"))
    assert ("TOO_MANY_STARTS" in [one.code for one in found]) is many


def test_sprays_are_no_infusions_that_start() -> None:
    found = site(1, load("10:00", SPRAY)).shortages(load("10:00"))
    assert "TOO_MANY_STARTS" not in [one.code for one in found]


def test_as_many_of_a_kind_run_at_once_as_there_is_equipment_for() -> None:
    one_pump = site(3, load("09:00", PAIN, 345), load("09:00"), kits={PAIN: 1})
    assert lacks(one_pump.shortages(load("10:00", PAIN, 345))) == [("NO_KIT", "10:00", "14:45")]
    assert one_pump.shortages(load("10:00")) == []


@pytest.mark.parametrize(
    ("role", "until", "day", "found"),
    [
        (Role.NURSE, {"LICENCE": 30}, 30, {"NURSE"}), (Role.NURSE, {"LICENCE": 30}, 31, set()),
        (Role.PRESCRIBER, {"LICENCE": 30}, 1, set()), (Role.PRESCRIBER, {"LICENCE": 30, "DEA": 10}, 10, {"PRESCRIBER"}),
        (Role.PRESCRIBER, {"LICENCE": 30, "DEA": 10}, 11, set()), (Role.OTHER, {"LICENCE": 30, "DEA": 30}, 1, set()),
        (Role.NURSE, {"ACLS": 30}, 1, {"ACLS", "BLS"}), (Role.OTHER, {"BLS": 30, "REMS": 30}, 1, {"BLS", "REMS"}),
    ],
)  # fmt: skip
def test_what_has_expired_stands_for_nothing(role: Role, until: dict[str, int], day: int, found: set[str]) -> None:
    credentials = {Credential(name): date(2026, 12, 1) + timedelta(days=days - 1) for name, days in until.items()}
    assert skills(role, credentials, date(2026, 12, 1) + timedelta(days=day - 1)) == {Skill(one) for one in found}


@pytest.mark.parametrize(
    ("absences", "left"),
    [
        ([], [("08:00", "16:00")]), ([("00:00", "23:00")], []), ([("08:00", "09:00")], [("09:00", "16:00")]),
        ([("10:00", "11:00"), ("10:30", "12:00")], [("08:00", "10:00"), ("12:00", "16:00")]),
        ([("15:00", "17:00")], [("08:00", "15:00")]), ([("16:00", "17:00")], [("08:00", "16:00")]),
    ],
)  # fmt: skip
def test_an_absence_takes_its_part_out_of_a_shift(absences: list, left: list) -> None:
    assert on_duty(block("08:00", "16:00"), [block(*one) for one in absences]) == [block(*one) for one in left]


_TIMES = st.integers(0, 40).map(lambda n: MIDNIGHT + timedelta(hours=8, minutes=15 * n))


@given(starts=st.lists(_TIMES, max_size=6), wanted=_TIMES, nurses=st.integers(0, 4), more=_TIMES)
def test_another_session_never_ends_a_shortage_and_another_nurse_never_makes_one(
    starts: list[datetime], wanted: datetime, nurses: int, more: datetime
) -> None:
    def at(start: datetime) -> Load:
        return Load(Block(start, start + timedelta(minutes=150)), start + timedelta(minutes=30), MOOD)

    def codes(of: Site) -> set[str]:
        return {one.code for one in of.shortages(at(wanted))}

    now = site(nurses, *map(at, starts))
    assert codes(now) <= codes(replace(now, loads=[*now.loads, at(more)]))
    assert codes(replace(now, duties=[*now.duties, duty(NURSE, until="23:00")])) <= codes(now)


@given(wanted=st.lists(st.tuples(_TIMES, st.sampled_from([MOOD, PAIN])), max_size=8), nurses=st.integers(1, 3))
def test_whatever_is_booked_or_held_one_by_one_keeps_the_ratio_in_every_minute(
    wanted: list[tuple[datetime, Modality]], nurses: int
) -> None:
    accepted: list[Load] = []
    for start, modality in wanted:
        one = Load(Block(start, start + timedelta(minutes=150)), start + timedelta(minutes=30), modality)
        if not site(nurses, *accepted).shortages(one):
            accepted.append(one)
    for minute in range(8 * 60, 24 * 60, 5):
        at = MIDNIGHT + timedelta(minutes=minute)
        here = [load for load in accepted if load.block.starts_at <= at < load.block.ends_at]
        starting = [load for load in here if 0 <= (at - load.dose_at).total_seconds() < 15 * 60]
        heavy = len({id(load) for load in here if load.modality is PAIN} | {id(load) for load in starting})
        assert nurses >= math.ceil(Fraction(heavy, 2) + Fraction(len(here) - heavy, 3))
        assert sum(at <= load.dose_at < at + timedelta(minutes=15) for load in accepted) <= nurses
