"""Whatever keeps the sums of nurses, kits and starts can be added one by one, and nobody lacks anything."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scheduling.domain.cover import Duty, Load, Site, Skill
from services.scheduling.domain.together import limits
from shared.clinicfile.policies import CoverPolicy
from shared.events.parts import Modality
from tests.unit.scheduling.replans import at
from tests.unit.scheduling.rooms import LEADING, MOOD, NURSING, PAIN, SPRAY, UNTIL_DOSE

DAY = at(1, 8, 540)
EVERYTHING = frozenset({*LEADING, *NURSING}) - {Skill.NURSE}


def load(quarter: int, modality: Modality = MOOD) -> Load:
    block = at(1, 8 + quarter / 4)
    return Load(block, block.starts_at + UNTIL_DOSE, modality)


def site(nurses: int, booked: list[Load], kits: dict[Modality, int] | None = None, *, later: int = 0) -> Site:
    """So many nurses all day, and some more from noon on."""
    duties = [Duty(UUID(int=n), DAY, NURSING) for n in range(1, nurses + 1)]
    duties += [Duty(UUID(int=50 + n), at(1, 12, 300), NURSING) for n in range(later)]
    leaders = [Duty(UUID(int=98), DAY, EVERYTHING), Duty(UUID(int=99), DAY, EVERYTHING)]
    return Site(CoverPolicy(rostered=True), [*duties, *leaders], booked, kits or {})


def keeps(there: Site, wanted: list[Load], chosen: list[int]) -> bool:
    return all(
        sum(many for n, many in limit.uses if n in chosen) <= limit.at_most for limit in limits(there, wanted)
    )  # fmt: skip


def lacks(there: Site, wanted: list[Load], chosen: list[int]) -> bool:
    """Whether anybody lacks anything when they are added one by one."""
    for n in chosen:
        if there.shortages(wanted[n]):
            return True
        there = replace(there, loads=[*there.loads, wanted[n]])
    return False


@pytest.mark.parametrize(
    ("there", "wanted", "chosen", "kept"),
    [
        (site(1, []), [load(0), load(0)], [0, 1], False),  # one starts at a time
        (site(1, []), [load(0), load(1)], [0, 1], True),
        (site(1, [load(0)]), [load(1), load(2)], [0, 1], False),  # the third starts beside two
        (site(1, [load(0)]), [load(1)], [0], True),
        (site(2, [load(0)]), [load(1), load(2)], [0, 1], True),
        (site(2, []), [load(0), load(0), load(4)], [0, 1, 2], True),
        (site(0, []), [load(0)], [0], False),
        (site(3, [], {MOOD: 1}), [load(0), load(4)], [0, 1], False),  # one pump
        (site(3, [], {MOOD: 1}), [load(0), load(10)], [0, 1], True),
        (site(3, [load(0)], {MOOD: 1}), [load(4)], [0], False),
        (site(3, [load(0, PAIN)], {MOOD: 1}), [load(4)], [0], True),
    ],
)
def test_what_can_be_together_is_what_asking_one_by_one_says(
    there: Site, wanted: list[Load], chosen: list[int], kept: bool
) -> None:
    assert keeps(there, wanted, chosen) is kept
    assert lacks(there, wanted, chosen) is not kept


LOADS = st.lists(st.builds(load, st.integers(0, 26), st.sampled_from([MOOD, PAIN, SPRAY])), max_size=6)
KITS = st.dictionaries(st.sampled_from([MOOD, SPRAY]), st.integers(1, 2))


@given(LOADS, LOADS, st.integers(0, 3), st.integers(0, 2), KITS, st.permutations(range(6)))
def test_what_keeps_the_sums_lacks_nothing_in_any_order(
    booked: list[Load], wanted: list[Load], nurses: int, later: int, kits: dict[Modality, int], order: list[int]
) -> None:
    there = site(nurses, booked, kits, later=later)
    alone = [n for n in order if n < len(wanted) and not there.shortages(wanted[n])]
    chosen = list[int]()
    for n in alone:
        if keeps(there, wanted, [*chosen, n]):
            chosen.append(n)
    assert not lacks(there, wanted, chosen)


@given(LOADS, st.integers(1, 3), st.permutations(range(6)))
def test_the_sums_forbid_nothing_that_asking_allows_where_as_many_nurses_are_there_all_day(
    wanted: list[Load], nurses: int, order: list[int]
) -> None:
    there = site(nurses, [])
    chosen = [n for n in order if n < len(wanted)]
    assert lacks(there, wanted, chosen) or keeps(there, wanted, chosen)
