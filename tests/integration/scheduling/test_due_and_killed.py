"""Every kind of timer: whoever dies between its falling due and its being done leaves nothing of it, and then it is
done once."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from services.scheduling.commands import REMS_FORM_LATE, REMS_FORM_REMINDER
from services.scheduling.loops import plan_turn
from services.scheduling.models import RemsForm, Session
from services.scheduling.timers import TIMERS
from shared.calendar import local_date
from shared.clinicfile.handouts import DayPackPolicy
from shared.db.unit_of_work import UnitOfWork
from shared.parcel import public_text
from shared.runtime.timer_loop import fire
from shared.service import TimerHandler
from shared.timers import Timer
from tests.integration.scheduling.cabinet import SEEN, Cabinet
from tests.integration.scheduling.conftest import opened
from tests.integration.scheduling.scene import Scene
from tests.support.house import larkspur
from tests.support.postgres import Postgres
from tests.support.untouched import digests

pytestmark = pytest.mark.asyncio(loop_scope="package")
# What each kind does, counted about its aggregate: one more when it was done.
EFFECTS = {
    "vital_overdue": "SELECT count(*) FROM alert WHERE session_id = $1",
    "alert_unanswered": "SELECT escalations FROM alert WHERE id = $1",
    "ledger_alarm": "SELECT escalations FROM stock_discrepancy WHERE id = $1",
    "day_pack_due": "SELECT count(*) FROM day_pack WHERE $1::uuid IS NOT NULL",
    "day_pack_over": "SELECT count(*) FROM day_pack WHERE id = $1 AND state = 'REMOVED'",
    "hold_ends": "SELECT count(*) FROM slot_hold WHERE id = $1 AND state = 'EXPIRED'",
    "offer_ends": "SELECT count(*) FROM slot_offer WHERE id = $1 AND state = 'EXPIRED'",
    "waitlist_look": "SELECT count(*) FROM slot_offer WHERE cause_id = $1",
    "readiness_sweep": "SELECT count(*) FROM timer WHERE kind = 'readiness_sweep' AND aggregate_id = $1",
    "readiness_review": "SELECT version FROM session_readiness WHERE id = $1",
    "rems_form_reminder": "SELECT told FROM rems_form WHERE session_id = $1",
    "rems_form_late": "SELECT count(*) FROM deviation WHERE session_id = $1",
}
_NEXT = """
SELECT * FROM (
  SELECT DISTINCT ON (kind, aggregate_id) kind, aggregate_id, version, due_at, key, organisation_id, clinic_id,
    correlation_id
  FROM timer WHERE state = 'DUE' AND kind = ANY($1) ORDER BY kind, aggregate_id, version DESC
) newest ORDER BY due_at LIMIT 1
"""
_STATE = "SELECT state FROM timer WHERE kind = $1 AND aggregate_id = $2 AND version = $3"
_AT_ONCE = "UPDATE timer SET not_before = NULL WHERE kind = $1 AND aggregate_id = $2 AND version = $3"


@pytest_asyncio.fixture(loop_scope="package")
async def practice(postgres: Postgres) -> AsyncIterator[Scene]:
    """A clinic that keeps day packs, with a running session, whose worker was stopped: what falls due waits."""
    async for scene in opened(postgres, larkspur()):
        await prepared(scene)
        yield scene


async def prepared(scene: Scene) -> None:
    """Something of every kind falls due from now on."""
    policy = DayPackPolicy(readers=(public_text(X25519PrivateKey.generate()),))
    await scene.house.apply("scheduling", larkspur().model_copy(update={"day_packs": policy}))
    cabinet = await Cabinet(scene).open("FK6666666")
    vial = await cabinet.vial("LOST")
    sessions = (await scene.book(await scene.patient()))["sessions"]
    people = await scene.patients(3)
    gone = await told(scene, "/v1/appointments", visit(scene, people[0], 11, "10:00"))
    later = await told(scene, "/v1/appointments", visit(scene, people[1], 14, "09:00"))
    session = await scene.started(sessions[0])
    await scene.house.settle()
    await scene.house.stop_worker("scheduling")
    await plan_turn(scene.house.services["scheduling"])
    await told(scene, f"/v1/sessions/{session['session_id']}/observations", {"spo2": 88})
    await told(scene, f"/v1/vials/{vial}/loss", {"mg": "500", "reason": "THEFT", **SEEN})
    wished = visit(scene, people[2], 3, "13:00")
    await told(scene, "/v1/holds", {name: wished.pop(name) for name in ("day", "time")} | {"visit": wished})
    await told(scene, "/v1/waitlist", {"appointment_id": later["appointment_id"]})
    await told(scene, f"/v1/appointments/{gone['appointment_id']}/cancel", {"reason": "PATIENT_WISH"}, version=1)
    escort = {"name": "Sam Quist", "phone": "+12085550107", "at_least_18": True}
    await told(
        scene, f"/v1/appointments/{sessions[1]['appointment_id']}/escort", escort, version=sessions[1]["version"]
    )
    await form_owed(scene, UUID(session["session_id"]))


async def form_owed(scene: Scene, session_id: UUID) -> None:
    """As if the session had been one of a nasal spray."""
    async with scene.house.unit("scheduling") as uow:
        session = await uow.session.get_one(Session, session_id)
        of = session.model_dump(include={"organisation_id", "clinic_id", "patient_id"})
        uow.session.add(RemsForm(session_id=session_id, due_on=local_date(uow.now, scene.zone), **of))
        for kind, due_at in ((REMS_FORM_REMINDER, timedelta(hours=1)), (REMS_FORM_LATE, timedelta(days=1))):
            await uow.schedule(
                kind, session_id, 1, uow.now + due_at, key=session.patient_id, clinic_id=session.clinic_id
            )  # fmt: skip


async def told(scene: Scene, path: str, body: Any, **further: Any) -> dict[str, Any]:
    answer = await scene.call(path, body, **further)
    assert answer.is_success, answer.text
    return dict(answer.json())


def visit(scene: Scene, patient: UUID, day: int, at: str) -> dict[str, Any]:
    """A wish for a visit, so many days after the Monday that comes next."""
    return {
        "patient_id": str(patient), "clinic_id": str(scene.house.clinic.clinic_id), "location": "main",
        "kind": "consultation", "day": (scene.next_monday() + timedelta(days=day)).isoformat(), "time": at,
    }  # fmt: skip


def dying(handler: TimerHandler) -> TimerHandler:
    """Does everything that is to be committed, and loses its connection before it can say so, as who is killed does."""

    async def die(uow: UnitOfWork, timer: Timer) -> None:
        await handler(uow, timer)
        await uow.write_events()
        await uow.sql("SELECT pg_terminate_backend(pg_backend_pid())")

    return die


async def upcoming(scene: Scene, kinds: set[str]) -> Timer:
    """The timer of one of these kinds that falls due next, when it has; of one thing the newest, which still counts."""
    (row,) = await scene.house.rows("scheduling", _NEXT, list(kinds))
    timer = Timer(**row)
    clock = scene.house.services["scheduling"].clock
    for post in scene.house.posts():
        await post.set_offset(clock.offset + max(timedelta(), timer.due_at - scene.now))
    return timer


async def test_a_timer_is_done_once_although_somebody_died_with_it(practice: Scene) -> None:
    house, service = practice.house, practice.house.services["scheduling"]

    async def value(statement: str, timer: Timer, *further: Any) -> Any:
        (row,) = await house.rows("scheduling", statement, *further or (timer.aggregate_id,))
        return row[0]

    assert EFFECTS.keys() == TIMERS.keys()
    left = set(TIMERS)
    while left:
        timer = await upcoming(practice, left)
        identity = (timer.kind, timer.aggregate_id, timer.version)
        before, effect = await digests(house, "timer"), await value(EFFECTS[timer.kind], timer)
        await fire(service, {timer.kind: dying(TIMERS[timer.kind])}, timer)
        died = await value(_STATE, timer, *identity), await digests(house, "timer")
        assert died == ("DUE", before), timer.kind
        await practice.run(_AT_ONCE, *identity)
        await fire(service, TIMERS, timer)
        once = await digests(house)
        done = await value(_STATE, timer, *identity), await value(EFFECTS[timer.kind], timer)
        assert done == ("DONE", effect + 1), timer.kind
        await fire(service, TIMERS, timer)
        assert await digests(house) == once, timer.kind
        left.remove(timer.kind)
    assert left == set()
