"""The chair board: who has a chair, when it is free again, what a patient is called."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pytest

from services.scheduling.domain.appointment import State
from services.scheduling.domain.board import Course, Phase, expected_free, label, seat
from shared.events.parts import Identity, Modality
from tests.unit.scheduling.kit import NOON, POLICY


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


@dataclass
class Booked:
    """A booking from `begins` to `ends`, minutes from noon."""

    state: str
    begins: int
    ends: int

    @property
    def starts_at(self) -> datetime:
        return NOON + minutes(self.begins)

    @property
    def ends_at(self) -> datetime:
        return NOON + minutes(self.ends)


EARLIER = Booked(State.CONFIRMED, -200, -50)
NOW = Booked(State.CONFIRMED, -10, 140)
LATER = Booked(State.CONFIRMED, 160, 310)
LATEST = Booked(State.CONFIRMED, 400, 550)


def sits(state: State, begins: int = -100, ends: int = 50) -> Booked:
    return Booked(state, begins, ends)


OVERRUN = sits(State.RECOVERY, -200, -10)


@pytest.mark.parametrize(
    ("bookings", "phase", "now", "after"),
    [
        ([], Phase.FREE, None, None),
        ([EARLIER], Phase.FREE, None, None),
        ([LATEST, LATER], Phase.FREE, None, LATER),
        ([LATER, NOW], Phase.EXPECTED, NOW, LATER),
        ([NOW, OVERRUN], Phase.RECOVERY, OVERRUN, NOW),
        ([Booked(State.CONFIRMED, 0, 150)], Phase.EXPECTED, Booked(State.CONFIRMED, 0, 150), None),
        ([Booked(State.CONFIRMED, -150, 0)], Phase.FREE, None, None),
        *(
            ([sits(state), LATER], phase, sits(state), LATER)
            for state, phase in (
                (State.CHECKED_IN, Phase.CHECKED_IN), (State.IN_PROGRESS, Phase.IN_PROGRESS),
                (State.RECOVERY, Phase.RECOVERY),
            )
        ),
    ],
)  # fmt: skip
def test_whoever_sits_in_a_chair_has_it_else_whose_block_it_is(
    bookings: list[Booked], phase: Phase, now: Booked | None, after: Booked | None
) -> None:
    found = seat(bookings, NOON)
    assert (found.phase, found.now, found.next) == (phase, now, after)


BLOCK = NOON + minutes(90)
TURNOVER = POLICY.turnover_minutes
REST = POLICY.recovery_minutes + TURNOVER
OBSERVED = NOON + minutes(120 - 30 + TURNOVER)


@pytest.mark.parametrize(
    ("course", "free"),
    [
        (Course(Modality.IV_MOOD, BLOCK), BLOCK),
        (Course(Modality.IV_MOOD, NOON - minutes(1)), NOON),
        (Course(Modality.IV_MOOD, BLOCK, NOON - minutes(30), None, 40), NOON + minutes(10 + REST)),
        (Course(Modality.IV_MOOD, BLOCK, NOON - minutes(30), None, None), BLOCK),
        (Course(Modality.IV_MOOD, BLOCK, NOON - minutes(60), NOON - minutes(15), 40), NOON + minutes(REST - 15)),
        (Course(Modality.IV_PAIN, BLOCK, NOON - minutes(300), NOON - minutes(200), 240), NOON),
        (Course(Modality.SPRAVATO_TRD, BLOCK), BLOCK),
        (Course(Modality.SPRAVATO_TRD, BLOCK, NOON - minutes(30), None, 120), OBSERVED),
        (
            Course(Modality.SPRAVATO_MDSI, BLOCK, NOON - minutes(30), NOON - minutes(20), 10),
            NOON + minutes(90 + TURNOVER),
        ),
        (Course(Modality.SPRAVATO_TRD, BLOCK, NOON - minutes(180), NOON - minutes(170), 10), NOON),
    ],
    ids=[
        "not begun",
        "overrun",
        "runs",
        "order unknown",
        "recovers",
        "long ended",
        "no spray yet",
        "first device",
        "last device",
        "long observed",
    ],
)
def test_a_chair_is_free_after_recovery_or_observation_and_turnover(course: Course, free: datetime) -> None:
    assert expected_free(course, POLICY, NOON) == free


@pytest.mark.parametrize(
    ("legal", "preferred", "shown"),
    [
        ("Robin Ann Quist", None, "R.A.Q."),
        ("Robin Ann Quist", "Robbie", "Robbie"),
        ("Øyvind  Þór", None, "Ø.Þ."),
        ("Cher", None, "C."),
    ],
)
def test_the_board_shows_the_preferred_name_or_initials(legal: str, preferred: str | None, shown: str) -> None:
    card = Identity(
        legal_name=legal, preferred_name=preferred, birth_date=date(1984, 2, 29), sex_at_birth="F", record_number="1"
    )
    assert label(card) == shown
