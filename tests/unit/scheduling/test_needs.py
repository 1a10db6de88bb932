"""What a patient needs of a chair is a hard rule, and nobody guesses it (domain D.2)."""

from dataclasses import replace
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.course import Limits, Wish
from services.scheduling.domain.needs import NONE, Needs, booking_needs, needs_of, unclear_needs
from services.scheduling.planning.ground import chairs_of
from services.scheduling.planning.moving import FREE
from shared.clinicfile.model import Chair
from shared.events.parts import Identity, SeatNeed
from tests.support.house import larkspur
from tests.unit.scheduling.kit import place
from tests.unit.scheduling.rooms import FIRST_DAY, room_of

WHEELS, BARIATRIC = SeatNeed.WHEELCHAIR, SeatNeed.BARIATRIC


def card(**further: Any) -> Identity:
    return Identity(
        legal_name="Robin Quist", birth_date=date(1984, 2, 29), sex_at_birth="F", record_number="LK-000123", **further
    )


@pytest.mark.parametrize(
    ("cards", "seat", "unclear"),
    [
        ([card()], set(), False),
        ([card(access_needs=("wheelchair",))], {WHEELS}, False),
        ([card(access_needs=(" Wheelchair  user",))], {WHEELS}, False),
        ([card(access_needs=("Bariatric", "wheelchair"))], {WHEELS, BARIATRIC}, False),
        ([card(access_needs=("hearing loop",))], set(), True),
        ([card(access_needs=("no wheelchair",))], set(), True),
        ([card(access_needs=("wheelchair", "hearing loop"))], {WHEELS}, True),
        ([card(access_needs=("hearing loop",), seat_needs=())], set(), False),
        ([card(access_needs=("wheelchair",), seat_needs=())], set(), False),
        ([card(seat_needs=("BARIATRIC",))], {BARIATRIC}, False),
        ([card(seat_needs=("BARIATRIC", "LIES_DOWN"))], {BARIATRIC}, True),  # of a newer producer
        ([], set(), True),
        ([card(), card(access_needs=("wheelchair",))], {WHEELS}, False),
        ([card(access_needs=("wheelchair",)), card(seat_needs=("BARIATRIC",))], {WHEELS, BARIATRIC}, False),
        ([card(seat_needs=()), card(access_needs=("wheelchair", "a quiet room"))], set(), False),
    ],
)
def test_needs_are_what_somebody_said_and_what_nobody_understands_is_asked_about(
    cards: list[Identity], seat: set[SeatNeed], unclear: bool
) -> None:
    found = needs_of(cards)
    assert (found.seat, found.unclear) == (seat, unclear)
    assert [one.code for one in unclear_needs(found)] == ["SEAT_NEEDS_UNCLEAR"] * unclear
    assert [one.code for one in booking_needs(found)] == ["SEAT_NEEDS_UNCLEAR"] * unclear


@pytest.mark.parametrize(
    ("cards", "language"),
    [
        ([card(language="es")], None),
        ([card(language="es", interpreter=True)], "es"),
        ([card(language="en"), card(language="so", interpreter=True)], "so"),
        ([card(language="es", interpreter=True), card(language="so", interpreter=True)], "es"),
    ],
)
def test_somebody_interprets_the_language_of_a_card_that_asks_for_it(
    cards: list[Identity], language: str | None
) -> None:
    assert needs_of(cards).language == language


NEEDED = st.frozensets(st.sampled_from([*SeatNeed])).map(Needs)
ABLE = st.lists(st.frozensets(st.sampled_from([*SeatNeed])), min_size=1, max_size=5)


@given(NEEDED, ABLE)
def test_exactly_the_chairs_that_meet_every_need_are_chosen_from(needs: Needs, able: list[frozenset[SeatNeed]]) -> None:
    file = larkspur()
    chairs = tuple(Chair(id=f"chair-{n}", name=f"Chair {n}", suits=tuple(suits)) for n, suits in enumerate(able))
    location = file.locations[0].model_copy(update={"chairs": chairs})
    found = chairs_of(file, location, file.protocols[0], needs)
    assert [chair.id for chair in found.values()] == [
        f"chair-{n}" for n, suits in enumerate(able) if needs.seat <= suits
    ]
    assert len(chairs_of(file, location, file.protocols[0], NONE)) == len(able)


def test_where_no_suitable_chair_is_free_no_slot_is_found_and_it_says_why() -> None:
    needs = Needs(frozenset({WHEELS}))
    now = datetime(2026, 11, 1, tzinfo=UTC)
    where = place()
    nine = where.block(FIRST_DAY, time(9))
    limits = Limits(FREE, Wish(FIRST_DAY, frozenset(), time()), where, now)
    room = room_of(limits, [[nine], []])
    assert [v.code for v in room.violations(FIRST_DAY, time(9))] == []
    fit = replace(room, seats=room.seats[:1], unseated=needs.unseated)
    assert [v.code for v in fit.violations(FIRST_DAY, time(9))] == ["NO_SUITABLE_CHAIR_FREE"]
    assert nine in room.alternatives([FIRST_DAY])
    assert nine not in fit.alternatives([FIRST_DAY])
    none = replace(room, seats=[], unseated=needs.unseated)
    assert (none.alternatives([FIRST_DAY]), none.seat(nine)) == ([], None)
    assert fit.seat(nine, UUID(int=2)) is None, "not even where it is wished for"
