"""The nemesis: kills, stops and replaces processes at random moments, all of them from one seed."""

import asyncio
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from tests.faults.fleet import Fleet, Member


@dataclass(frozen=True, slots=True)
class Malice:
    """How much harm is done: numbers of strikes, how long a pause lasts and how far strikes lie apart, in seconds."""

    kills: int
    pauses: int
    joins: int
    pause: tuple[float, float]
    apart: tuple[float, float]
    away: tuple[float, float] = (0.0, 2.0)


@dataclass
class Nemesis:
    """Strikes while something runs. What it did stands in `log`."""

    fleet: Fleet
    malice: Malice
    chance: random.Random
    kills: int = 0
    pauses: int = 0
    joins: int = 0
    log: list[str] = field(default_factory=list)
    _healing: set["asyncio.Task[None]"] = field(default_factory=set)

    async def rage(self) -> None:
        """All strikes, one after the other; what they broke heals beside the next ones. Ends when all is healed."""
        for strike in self._plan():
            await asyncio.sleep(self.chance.uniform(*self.malice.apart))
            self.fleet.tend()
            strike()
        await asyncio.gather(*self._healing)

    def _plan(self) -> Sequence[Callable[[], None]]:
        plan = [self._kill] * self.malice.kills + [self._pause] * self.malice.pauses + [self._join] * self.malice.joins
        self.chance.shuffle(plan)
        return plan

    def _victim(self, what: str | None = None) -> Member:
        """Workers are struck twice as often as APIs."""
        running = [one for one in self.fleet.of(None, what) if one.alive and not one.stopped]
        weights = [2 if one.role.what == "worker" else 1 for one in running]
        return self.chance.choices(running, weights)[0]

    def _kill(self) -> None:
        victim, away = self._victim(), self.chance.uniform(*self.malice.away)
        victim.kill()
        self.kills += 1
        self._heal(f"kill {victim.role}, away for {away:.1f} s", away, lambda: self._start(victim))

    def _pause(self) -> None:
        victim, seconds = self._victim(), self.chance.uniform(*self.malice.pause)
        victim.stop()
        self.pauses += 1
        self._heal(f"stop {victim.role} for {seconds:.1f} s", seconds, victim.go_on)

    def _join(self) -> None:
        """A rebalance: a worker leaves as it should, and comes again soon."""
        victim, away = self._victim("worker"), self.chance.uniform(*self.malice.away)
        victim.leave()
        self.joins += 1
        self._heal(f"leave {victim.role} for {away:.1f} s", away, lambda: self._start(victim))

    def _start(self, victim: Member) -> None:
        victim.kill()
        victim.start()

    def _heal(self, what: str, after: float, how: Callable[[], None]) -> None:
        self.log.append(what)

        async def heal() -> None:
            await asyncio.sleep(after)
            how()

        task = asyncio.create_task(heal())
        self._healing.add(task)
        task.add_done_callback(self._healing.discard)
