"""Which of several further sessions a location's nurses and kits can take together (domain D.2, D.5), as plain sums.

Each of them can take place alone; what one alone needs (a prescriber, ACLS and BLS) others take nothing of. Stricter
than asking `Site.shortages` one after the other only where the number of nurses changes while doses start.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.scheduling.domain.cover import Load, Site, Skill, share, whole_nurse
from services.scheduling.domain.spray import is_spray


@dataclass(frozen=True, slots=True)
class Limit:
    """Of the further sessions that are chosen, numbered as they were told, `uses` sum up to at most this."""

    at_most: int
    uses: tuple[tuple[int, int], ...]


class _Loads:
    """Sessions by their place in what was told, those that hold an instant found without looking at all of them."""

    def __init__(self, loads: Sequence[Load]) -> None:
        self._ordered = sorted(enumerate(loads), key=lambda one: one[1].block.starts_at)
        self._starts = [load.block.starts_at for _, load in self._ordered]
        lengths = (load.block.ends_at - load.block.starts_at for load in loads)
        self._longest = max(lengths, default=timedelta())

    def at(self, at: datetime) -> list[tuple[int, Load]]:
        first, last = bisect_right(self._starts, at - self._longest), bisect_right(self._starts, at)
        return [(n, load) for n, load in self._ordered[first:last] if at < load.block.ends_at]


def limits(site: Site, wanted: Sequence[Load]) -> list[Limit]:
    """Every sum that the sessions which are chosen have to keep, those that nothing can break left out.

    `site` has everything that is booked or held. Whatever keeps them can be added one by one, in any order, and none
    lacks a nurse, a kit or the time to start.
    """
    return that_bind([*_nurses(site, wanted), *_kits(site, wanted), *_starts(site, wanted)])


def that_bind(found: Iterable[Limit]) -> list[Limit]:
    """Each once and in order, those that nothing can break left out."""
    breakable = [limit for limit in {*found} if sum(many for _, many in limit.uses) > limit.at_most]
    return sorted(breakable, key=lambda limit: (limit.uses, limit.at_most))


def _nurses(site: Site, wanted: Sequence[Load]) -> Iterator[Limit]:
    booked, further, policy = _Loads(site.loads), _Loads(wanted), site.policy
    for at in _moments(site, wanted):
        uses = [(n, share(load, at, policy)) for n, load in further.at(at)]
        if uses:
            taken = sum(share(load, at, policy) for _, load in booked.at(at))
            yield limit_of(whole_nurse(policy) * _on_duty(site, at) - taken, uses)


def _kits(site: Site, wanted: Sequence[Load]) -> Iterator[Limit]:
    booked, further = _Loads(site.loads), _Loads(wanted)
    for at in sorted({load.block.starts_at for load in (*site.loads, *wanted)}):
        for modality, kits in site.kits.items():
            uses = [(n, 1) for n, load in further.at(at) if load.modality is modality]
            if uses:
                yield limit_of(kits - sum(load.modality is modality for _, load in booked.at(at)), uses)


def _starts(site: Site, wanted: Sequence[Load]) -> Iterator[Limit]:
    """As many doses start within a window as the fewest nurses that are there when one of the further ones starts."""
    window = timedelta(minutes=site.policy.start_minutes)
    mine = [(n, load.dose_at) for n, load in enumerate(wanted) if not is_spray(load.modality)]
    others = [load.dose_at for load in site.loads if not is_spray(load.modality)]
    nurses = {dose_at: _on_duty(site, dose_at) for dose_at in {dose_at for _, dose_at in mine}}
    for first in sorted({*others, *nurses}):
        uses = [(n, 1) for n, dose_at in mine if first <= dose_at < first + window]
        if uses:
            started = sum(first <= dose_at < first + window for dose_at in others)
            there = min(many for dose_at, many in nurses.items() if first <= dose_at < first + window)
            yield limit_of(there - started, uses)


def limit_of(left: int, uses: Sequence[tuple[int, int]]) -> Limit:
    """Where too much is taken already nothing more can be."""
    return Limit(max(left, 0), tuple(sorted(uses)))


def _moments(site: Site, wanted: Sequence[Load]) -> list[datetime]:
    """When the number of nurses who are there or needed may change."""
    start = timedelta(minutes=site.policy.start_minutes)
    found = {duty.block.ends_at for duty in site.duties} | {duty.block.starts_at for duty in site.duties}
    for load in (*site.loads, *wanted):
        found |= {load.block.starts_at, load.block.ends_at, load.dose_at, load.dose_at + start}
    return sorted(found)


def _on_duty(site: Site, at: datetime) -> int:
    there = (one for one in site.duties if one.block.starts_at <= at < one.block.ends_at)
    return len({one.person for one in there if Skill.NURSE in one.skills})
