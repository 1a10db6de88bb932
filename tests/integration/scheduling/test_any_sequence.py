"""Whatever happens to courses in whatever order: none is outside its gaps unsaid, and nothing is taken twice."""

import asyncio
from collections.abc import Coroutine
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.integration.scheduling.capacity import outside_gaps, rostered, shared_chairs, taken, too_much
from tests.integration.scheduling.conftest import LEFT_BEHIND
from tests.integration.scheduling.scene import Scene
from tests.support.house import larkspur
from tests.support.merging import merged

pytestmark = pytest.mark.asyncio(loop_scope="package")
T = TypeVar("T")
EXAMPLES, STEPS, PEOPLE, NURSES = 4, 9, 3, 2
NUMBERS = st.integers(0, 11)
TIMES = st.sampled_from(["08:00", "09:00", "09:15", "11:30", "14:00"])
PATTERNS = st.sampled_from([["mon", "wed", "fri"], ["mon", "thu"]])
_CONFIRMED = """
SELECT id, version, starts_at FROM appointment WHERE state = 'CONFIRMED' AND course_id IS NOT NULL
ORDER BY starts_at, id
"""
_OFFERED = "SELECT id, version FROM slot_offer WHERE state = 'OPEN' ORDER BY id"
_HELD = "SELECT id, version FROM slot_hold WHERE state = 'HELD' AND offer_id IS NULL ORDER BY id"


class Practice(RuleBasedStateMachine):
    """Staff of a clinic with four chairs, two nurses and a prescriber do one thing after the other over HTTP. An answer
    is a success, or a problem that is the client's to settle."""

    def __init__(self, scene: Scene, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__()
        self.scene, self.loop = scene, loop
        self.people: list[UUID] = self.run(scene.patients(PEOPLE))
        self.absorbed, self.done = set[UUID](), 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self.loop).result(60)

    def rows(self, statement: str) -> list[Any]:
        return self.run(self.scene.house.rows("scheduling", statement))

    def call(self, path: str, body: Any = None, version: int | None = None) -> Any:
        answer = self.run(self.scene.call(path, body, version=version))
        assert answer.status_code < 500, answer.text
        self.done += answer.is_success
        return answer.json() if answer.is_success else None

    def day(self, number: int) -> str:
        return (self.scene.next_monday() + timedelta(days=2 * number)).isoformat()

    @initialize(time=TIMES, pattern=PATTERNS)
    def begins(self, time: str, pattern: list[str]) -> None:
        """Without a course there is nothing to disturb."""
        self.books(0, time, pattern)

    @rule(who=st.integers(0, PEOPLE - 1), time=TIMES, pattern=PATTERNS)
    def books(self, who: int, time: str, pattern: list[str]) -> None:
        self.call("/v1/courses", self.scene.wish(self.people[who], time=time, pattern=pattern))

    @rule(which=NUMBERS, to=NUMBERS, time=TIMES)
    def moves(self, which: int, to: int, time: str) -> None:
        for row in self.rows(_CONFIRMED)[which : which + 1]:
            self.call(f"/v1/appointments/{row['id']}/move", {"day": self.day(to), "time": time}, row["version"])

    @rule(which=NUMBERS, reason=st.sampled_from(["ILLNESS", "CLINIC"]))
    def cancels(self, which: int, reason: str) -> None:
        for row in self.rows(_CONFIRMED)[which : which + 1]:
            self.call(f"/v1/appointments/{row['id']}/cancel", {"reason": reason}, row["version"])

    @rule(which=NUMBERS, days=st.integers(0, 3))
    def closes_and_offers(self, which: int, days: int) -> None:
        """On the day of a session, and on some days after it."""
        for row in self.rows(_CONFIRMED)[which : which + 1]:
            first = row["starts_at"].date()
            body = {"clinic_id": str(self.scene.house.clinic.clinic_id), "reason": "WEATHER"}
            span = {"first_day": first.isoformat(), "last_day": (first + timedelta(days=days)).isoformat()}
            closure = self.call("/v1/closures", body | span)
            cause = {"cause": "CLOSURE", "cause_id": closure["closure_id"]}
            preview = self.call("/v1/replans/preview", cause)
            self.call("/v1/replans", cause | {"digest": preview["digest"]})

    @rule(which=NUMBERS, answer=st.sampled_from(["accept", "accept", "decline"]))
    def answers(self, which: int, answer: str) -> None:
        offers = self.rows(_OFFERED)
        for offer in offers[which % max(len(offers), 1) :][:1]:
            self.call(f"/v1/offers/{offer['id']}/{answer}", version=offer["version"])

    @rule(which=NUMBERS, to=NUMBERS, time=TIMES)
    def holds(self, which: int, to: int, time: str) -> None:
        for row in self.rows(_CONFIRMED)[which : which + 1]:
            self.call("/v1/holds", {"appointment_id": str(row["id"]), "day": self.day(to), "time": time})

    @rule()
    def confirms(self) -> None:
        for hold in self.rows(_HELD)[:1]:
            self.call(f"/v1/holds/{hold['id']}/confirm", version=hold["version"])

    @rule()
    def misses_the_next(self) -> None:
        for row in self.rows(_CONFIRMED)[:1]:
            self.run(self.scene.house.clock.advance(max(timedelta(0), row["starts_at"] - self.scene.now)))
            [now] = self.rows(f"SELECT version FROM appointment WHERE id = '{row['id']}'")
            self.call(f"/v1/appointments/{row['id']}/missed", version=now["version"])

    @rule(who=st.integers(1, PEOPLE - 1))
    def merges(self, who: int) -> None:
        """Somebody's record turns out to be another one of the first patient's."""
        if self.people[who] not in self.absorbed:
            self.absorbed.add(self.people[who])
            self.run(self._merge(self.people[0], self.people[who]))

    async def _merge(self, survivor: UUID, absorbed: UUID) -> None:
        for fact in merged(survivor, absorbed):
            clinic_id = self.scene.house.clinic.clinic_id
            await self.scene.house.publish("intake", fact, key=fact.patient_id, clinic_id=clinic_id)
        await self.scene.house.settle()

    @invariant()
    def nothing_is_taken_twice(self) -> None:
        seats = self.run(taken(self.scene))
        assert shared_chairs(seats) == []
        assert too_much(seats, NURSES) == []

    @invariant()
    def no_course_is_outside_its_gaps_unsaid(self) -> None:
        assert self.run(outside_gaps(self.scene, timedelta(hours=48), timedelta(days=7))) == []

    def teardown(self) -> None:
        self.run(self._clear())

    async def _clear(self) -> None:
        await self.scene.house.settle()
        await self.scene.run(LEFT_BEHIND)


async def test_after_any_sequence_gaps_are_kept_or_said_and_nobody_is_in_two_places(scene: Scene) -> None:
    await rostered(scene, larkspur(), NURSES)
    loop, machines = asyncio.get_running_loop(), list[Practice]()

    def practice() -> Practice:
        machines.append(Practice(scene, loop))
        return machines[-1]

    bounded = settings(
        max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=[HealthCheck.too_slow],
    )  # fmt: skip
    await asyncio.to_thread(run_state_machine_as_test, practice, settings=bounded)
    assert any(machine.done for machine in machines), "somebody had a course at least"
