"""Whether somebody interprets for a patient in every minute of a block (domain D.2): people on the roster, each for one
patient at a time, and so many more by telephone or video.

Somebody may interpret several languages and would be counted twice if each language was counted alone. So every set of
languages that share people is looked at: at most as many patients need one of them as there is somebody for.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations, pairwise
from uuid import UUID

from services.scheduling.domain.cover import Shortage, merged
from services.scheduling.domain.covering import apart
from services.scheduling.domain.minutes import Level, Windows, reaching
from services.scheduling.domain.place import Block
from services.scheduling.domain.together import Limit, limit_of, that_bind

Languages = frozenset[str]


@dataclass(frozen=True, slots=True)
class Interpreter:
    """Somebody on site, and what they interpret. A language is only ever compared here, never shown."""

    person: UUID
    block: Block
    languages: Languages


@dataclass(frozen=True, slots=True)
class Talk:
    """An appointment for whose patient somebody interprets in each of its minutes."""

    block: Block
    language: str


@dataclass(frozen=True, slots=True)
class Interpreters:
    """A location for some days: who interprets, for how many at once somebody else can be had, who is booked."""

    there: Sequence[Interpreter]
    booked: Sequence[Talk]
    remote: Mapping[str, int] = field(default_factory=dict)

    def shortages(self, wanted: Talk) -> list[Shortage]:
        """When nobody would be left for one more appointment, in order of time. Empty: it can take place."""
        talks = [talk for talk in self.booked if talk.block.overlaps(wanted.block)]
        people = [one for one in self.there if one.block.overlaps(wanted.block)]
        sets = self.sets(wanted.language)
        found = [
            Shortage("NO_INTERPRETER", since, until)
            for since, until in pairwise(_moments(wanted.block, talks, people))
            if any(self._left(chosen, since, talks, people) < 1 for chosen in sets)
        ]
        return merged(found)

    def _left(self, languages: Languages, at: datetime, talks: Sequence[Talk], people: Sequence[Interpreter]) -> int:
        """For how many more than are booked somebody is there at an instant; negative where too many are."""
        taken = sum(talk.language in languages and _holds(talk.block, at) for talk in talks)
        return self.at_once(languages, at, people) - taken

    def at_once(self, languages: Languages, at: datetime, people: Sequence[Interpreter]) -> int:
        """For how many patients who need one of the languages there is somebody at an instant."""
        there = {one.person for one in people if one.languages & languages and _holds(one.block, at)}
        return len(there) + sum(self.remote.get(language, 0) for language in languages)

    def sets(self, language: str) -> list[Languages]:
        """The sets of languages that decide about one more patient: with its language, and others that are booked and
        share people with it, directly or through a third."""
        shared, grown = {language}, True
        while grown:
            met = {one for person in self.there if person.languages & shared for one in person.languages}
            grown, shared = not met <= shared, shared | met
        others = sorted({talk.language for talk in self.booked} & shared - {language})
        return [
            frozenset((language, *chosen)) for many in range(len(others) + 1) for chosen in combinations(others, many)
        ]


@dataclass(frozen=True, slots=True)
class Hearing:
    """What a patient who needs an interpreter finds at a location."""

    pool: Interpreters
    language: str

    def shortages(self, block: Block) -> list[Shortage]:
        """When an appointment in that block would have nobody who interprets."""
        return self.pool.shortages(Talk(block, self.language))


def unheard(hearing: Hearing, length: int, windows: Windows) -> list[int]:
    """For each window the minutes at which an appointment of so many minutes may not start. Raises BetweenMinutes.

    `Interpreters.shortages` says the same of one appointment, in words; a property test compares them.
    """
    found = [0] * len(windows.spans)
    for languages in hearing.pool.sets(hearing.language):
        for n, level in enumerate(_levels(hearing.pool, languages, windows)):
            since, until = windows.spans[n]
            found[n] |= level.below(1, until - since)
    return [reaching(minutes, length) for minutes in found]


def _levels(pool: Interpreters, languages: Languages, windows: Windows) -> list[Level]:
    """For each window how many more can be interpreted for, minute by minute."""
    found, remote = list[Level](), sum(pool.remote.get(language, 0) for language in languages)
    for since, until in windows.spans:
        level = Level()
        level.add(0, until - since, remote)
        found.append(level)
    there = dict[tuple[int, UUID], list[tuple[int, int]]]()
    for one in pool.there:
        if one.languages & languages:
            since, until = windows.within(one.block)
            for n in windows.touching(since, until):
                begins = windows.spans[n][0]
                there.setdefault((n, one.person), []).append((since - begins, until - begins))
    for (n, _), stretches in there.items():
        for since, until in apart(stretches):
            found[n].add(since, until)
    for talk in pool.booked:
        if talk.language in languages:
            since, until = windows.at(talk.block.starts_at), windows.at(talk.block.ends_at)
            for n in windows.touching(since, until):
                begins = windows.spans[n][0]
                found[n].add(since - begins, until - begins, -1)
    return found


def talk_limits(pool: Interpreters, wanted: Sequence[Talk]) -> list[Limit]:
    """Every sum that further appointments which are chosen have to keep, numbered as they were told, as `together` has
    them for nurses: whatever keeps them can be added one by one, and somebody interprets for each."""
    every = Interpreters(pool.there, [*pool.booked, *wanted], pool.remote)
    sets = {chosen for talk in wanted for chosen in every.sets(talk.language)}
    return that_bind(_limits(pool, wanted, sets))


def _limits(pool: Interpreters, wanted: Sequence[Talk], sets: set[Languages]) -> Iterator[Limit]:
    blocks = [*(one.block for one in pool.there), *(talk.block for talk in (*pool.booked, *wanted))]
    for at in sorted({end for block in blocks for end in (block.starts_at, block.ends_at)}):
        here = [(n, talk) for n, talk in enumerate(wanted) if _holds(talk.block, at)]
        taken = [talk for talk in pool.booked if _holds(talk.block, at)] if here else []
        for languages in sets if here else ():
            uses = [(n, 1) for n, talk in here if talk.language in languages]
            if uses:
                booked = sum(talk.language in languages for talk in taken)
                yield limit_of(pool.at_once(languages, at, pool.there) - booked, uses)


def _holds(block: Block, at: datetime) -> bool:
    return block.starts_at <= at < block.ends_at


def _moments(wanted: Block, talks: Sequence[Talk], people: Sequence[Interpreter]) -> list[datetime]:
    """When anything changes within the block, its ends included."""
    blocks = [wanted, *(talk.block for talk in talks), *(one.block for one in people)]
    changes = {end for block in blocks for end in (block.starts_at, block.ends_at)}
    return sorted(at for at in changes if wanted.starts_at <= at <= wanted.ends_at)
