"""Who and what must be on site (see `cover`), for every minute of many days at once: where a session may not start.

`Site.shortages` says the same of one session, in words; a property test compares them.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from services.scheduling.domain.cover import Site, Skill
from services.scheduling.domain.minutes import Level, Windows, reaching, run
from services.scheduling.domain.spray import is_spray
from shared.events.parts import Modality

Stretch = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Wanted:
    """A session that is looked for, in minutes: its block, and how long after its start the dose starts."""

    length: int
    dose_after: int
    modality: Modality


@dataclass(frozen=True, slots=True)
class _Day:
    """One window: how many minutes it has; how many sessions in it have the same start, end, dose and modality; who is
    there when."""

    count: int
    sessions: Counter[tuple[int, int, int, Modality]] = field(default_factory=Counter)
    duties: list[tuple[UUID, Stretch, frozenset[Skill]]] = field(default_factory=list)

    def people(self, *skills: Skill) -> Level:
        """How many people are there with one of the skills, minute by minute."""
        there = dict[UUID, list[Stretch]]()
        for person, stretch, able in self.duties:
            if not able.isdisjoint(skills):
                there.setdefault(person, []).append(stretch)
        level = Level()
        for stretches in there.values():
            for since, until in apart(stretches) if len(stretches) > 1 else stretches:
                level.add(since, until)
        return level

    def nobody(self, skill: Skill) -> int:
        return self.people(skill).below(1, self.count)


def uncovered(site: Site, wanted: Wanted, windows: Windows) -> list[int]:
    """For each window the minutes at which the session may not start. Raises BetweenMinutes."""
    days = [_Day(until - since) for since, until in windows.spans]
    for load in site.loads:
        since, until = windows.at(load.block.starts_at), windows.at(load.block.ends_at)
        dose_at = windows.at(load.dose_at)
        for n in windows.touching(since, max(until, dose_at + 1)):
            begins = windows.spans[n][0]
            days[n].sessions[since - begins, until - begins, dose_at - begins, load.modality] += 1
    for duty in site.duties:
        since, until = windows.within(duty.block)
        for n in windows.touching(since, until):
            begins = windows.spans[n][0]
            days[n].duties.append((duty.person, (since - begins, until - begins), duty.skills))
    return [_forbidden(site, wanted, day) for day in days]


def _forbidden(site: Site, wanted: Wanted, day: _Day) -> int:
    start, after, length = site.policy.start_minutes, wanted.dose_after, wanted.length
    nurses = day.people(Skill.NURSE)
    light, heavy = _too_few_nurses(site, day, nurses)
    watched = heavy if wanted.modality is Modality.IV_PAIN else light
    starting = min(start, length - after)
    found = reaching(_lacking(site, wanted, day), length)
    found |= reaching(watched, min(after, length)) | reaching(heavy, starting) >> after
    found |= reaching(watched, length - after - start) >> after + start
    return found if is_spray(wanted.modality) else found | _too_many_starts(site, day, nurses) >> after


def _too_few_nurses(site: Site, day: _Day, nurses: Level) -> tuple[int, int]:
    """When the nurses could not watch one more patient, a light one and a heavy one (D.5: `heavy / 2 + light / 3`).

    In whole numbers: a nurse has 2 x 3 = 6 to give, a heavy patient takes 3 of them and a light one 2.
    """
    by_heavy, by_light = site.policy.heavy_per_nurse, site.policy.light_per_nurse
    left = Level({minute: many * by_heavy * by_light for minute, many in nurses.changes.items()})
    for (since, until, dose_at, modality), many in day.sessions.items():
        if modality is Modality.IV_PAIN:
            left.add(since, until, -by_light * many)
            continue
        left.add(since, until, -by_heavy * many)
        begins, ends = max(since, dose_at), min(until, dose_at + site.policy.start_minutes)
        if begins < ends:
            left.add(begins, ends, (by_heavy - by_light) * many)
    return left.below(by_heavy, day.count), left.below(by_light, day.count)


def _lacking(site: Site, wanted: Wanted, day: _Day) -> int:
    """When somebody else is missing, or every kit is in use. Of two who have ACLS or BLS one has ACLS and the other
    BLS, if anybody has each."""
    lacking = day.nobody(Skill.PRESCRIBER) | day.nobody(Skill.ACLS) | day.nobody(Skill.BLS)
    lacking |= day.people(Skill.ACLS, Skill.BLS).below(2, day.count)
    if is_spray(wanted.modality):
        lacking |= day.nobody(Skill.REMS)
    kits = site.kits.get(wanted.modality)
    if kits is None:
        return lacking
    unused = Level()
    for (since, until, _, modality), many in day.sessions.items():
        if modality is wanted.modality:
            unused.add(since, until, -many)
    return lacking | unused.below(1 - kits, day.count)


def _too_many_starts(site: Site, day: _Day, nurses: Level) -> int:
    """The minutes at which one more dose may not start: within a rolling window more would start than nurses are there
    (D.5). The window begins with the new dose, or with one that is booked."""
    window, left = site.policy.start_minutes, Level(dict(nurses.changes))
    doses = sorted(dose_at for _, _, dose_at, modality in day.sessions.elements() if not is_spray(modality))
    found, few = 0, dict[int, int]()
    for first, many in _clusters(doses, window):
        if many not in few:
            few[many] = nurses.below(many + 1, day.count)
        found |= few[many] & run(first, first + window)
    for dose_at, many in Counter(doses).items():
        left.add(dose_at - window + 1, dose_at + 1, -many)
    return found | left.below(1, day.count)


def _clusters(doses: Sequence[int], window: int) -> Iterable[tuple[int, int]]:
    """Each minute in which doses start, with how many start in the window that begins then."""
    return ((first, bisect_left(doses, first + window) - bisect_left(doses, first)) for first in sorted({*doses}))


def apart(stretches: Sequence[Stretch]) -> list[Stretch]:
    """The same minutes, none of them twice."""
    found = list[Stretch]()
    for since, until in sorted(stretches):
        if found and since <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], until))
        else:
            found.append((since, until))
    return found
