"""What nobody acknowledges climbs the on-call ladder of the clinic file (domain A.6, C.4)."""

from datetime import datetime
from uuid import UUID

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.oncall import OnCall
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.oncall.duty import Duty, Subject, turn_of
from shared.oncall.ladder import Outcome, climb, climbs_first_at
from shared.oncall.paging import end_attempt, needed, owe_page, subject_of, try_again
from shared.oncall.tables import PageColumns
from shared.timers import Timer


async def watch(
    uow: UnitOfWork, duty: Duty, subject: Subject, on_call: OnCall, *, at_once: bool, raised_at: datetime,
    acknowledge_by: datetime,
) -> None:  # fmt: skip
    """From the moment it is raised: page the first rung if it is urgent, and see to it that it climbs."""
    if at_once:
        subject.rung = 1
        await owe_page(uow, duty, subject, on_call.ladder[0])
    due_at = climbs_first_at(
        paged_at_once=at_once, raised_at=raised_at, acknowledge_by=acknowledge_by, on_call=on_call
    )  # fmt: skip
    await climbs_at(uow, duty, subject, due_at)


async def climbs_at(uow: UnitOfWork, duty: Duty, subject: Subject, due_at: datetime) -> None:
    """The next rung is paged then, unless somebody has answered."""
    await uow.schedule(
        duty.timer, subject.id, subject.escalations + 1, due_at, key=turn_of(subject), clinic_id=subject.clinic_id
    )


async def escalate(uow: UnitOfWork, duty: Duty, timer: Timer) -> bool:
    """Page the next rung, the last one again and again; False when somebody has answered.

    `timer.version` is the number of the escalation.
    """
    await duty.lock(uow, timer.key)
    subject = await subject_of(uow, duty, timer.aggregate_id)
    if not subject.unanswered or timer.version != subject.escalations + 1:
        return False
    await _climb(uow, duty, subject, await _file_of(uow, subject.clinic_id))
    return True


async def end_page(uow: UnitOfWork, duty: Duty, turn: UUID, attempt_id: UUID, outcome: Outcome) -> None:
    """An attempt to page has ended. One that nobody certainly took is made again; an address that does not exist lets
    the subject climb at once. `turn` is what its subject waits its turn with (`turn_of`)."""
    await duty.lock(uow, turn)
    page = await end_attempt(uow, duty, attempt_id, outcome)
    if page is None or outcome is Outcome.TAKEN:
        return
    subject = await subject_of(uow, duty, duty.about_of(page))
    file = await _file_of(uow, subject.clinic_id)
    if not needed(subject, page):
        return
    if outcome is Outcome.REFUSED and _may_climb(subject, page, duty.on_call(file)):
        await _climb(uow, duty, subject, file)
    else:
        await try_again(uow, duty, subject, page)


async def on_call_of(uow: UnitOfWork, clinic_id: UUID) -> OnCall:
    """Who is on call at a clinic now. Raises NO_CLINIC_FILE."""
    return (await _file_of(uow, clinic_id)).on_call


async def _file_of(uow: UnitOfWork, clinic_id: UUID) -> ClinicFile:
    return (await active_clinic(uow, clinic_id)).file


def _may_climb(subject: Subject, page: PageColumns, on_call: OnCall) -> bool:
    return page.rung == subject.rung < len(on_call.ladder)


async def _climb(uow: UnitOfWork, duty: Duty, subject: Subject, file: ClinicFile) -> None:
    on_call = duty.on_call(file)
    step = climb(subject.rung, on_call, uow.now)
    subject.rung, subject.escalations, subject.escalated_at = step.rung, subject.escalations + 1, uow.now
    subject.version += 1
    if step.rung:
        await owe_page(uow, duty, subject, on_call.ladder[step.rung - 1])
    if duty.climbed is not None:
        duty.climbed(uow, subject)
    again_at = step.again_at if duty.again_at is None else duty.again_at(file, subject, uow.now)
    if again_at is not None:
        await climbs_at(uow, duty, subject, again_at)
    await uow.audit(
        "update", duty.resource, subject.id, patient_id=subject.patient_id, clinic_id=subject.clinic_id,
        version=subject.version, reason="ESCALATED",
    )  # fmt: skip
