"""Pages go to whoever is on call; new rules go to everybody screened; uploads that never became whole are cleared."""

import asyncio
from collections.abc import Sequence
from uuid import UUID

import structlog

from services.intake.commands.safety.oncall import DUTY
from services.intake.commands.screening.activation import (
    GROUP,
    UNDONE,
    Activated,
    Part,
    count_changed,
    next_part,
    part_done,
)
from services.intake.commands.screening.again import decide_again, decide_together
from services.intake.papers.clearing import clear_turn
from services.intake.papers.store import Papers
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.filestore import StoreAway
from shared.messaging.trouble import Trouble, judge, reason_of
from shared.oncall import sending
from shared.runtime.loops import Progress
from shared.service import Loop, Service

_log = structlog.get_logger("services.intake")
_RESTS, _CLEARS = 1.0, 20.0


async def page(service: Service, progress: Progress) -> None:
    """Send the pages about safety concerns that are due, until cancelled."""
    await sending.page(service, DUTY, progress)


async def leaving(service: Service) -> int:
    """How many pages are due and have no outcome, on the channels that this process can page on."""
    return await sending.leaving(service, DUTY)


async def rescreen(service: Service, progress: Progress) -> None:
    """Look at everybody anew after rules came into force, until cancelled. One who cannot be decided is counted, told
    in the log, and stops nobody else."""
    pool = await service.database.pool()
    while True:
        progress.beat()
        undone = [Activated(*row) for row in await pool.fetch(UNDONE)]
        for activated in undone:
            await rescreen_part(service, activated, progress)
        if not undone:
            await asyncio.sleep(_RESTS)


async def rescreen_part(service: Service, activated: Activated, progress: Progress) -> Part:
    """Some patients; those who may come to something else some at a time in one transaction; then how far it is."""
    caller, failed = Caller("service", service.name, activated.organisation_id), 0
    async with unit_of_work(service, caller) as uow:
        part = await next_part(uow, activated)
    for begin in range(0, len(part.unsure), GROUP):
        progress.beat()
        for patient_id in await _together(service, caller, activated, part.unsure[begin : begin + GROUP]):
            progress.beat()
            failed += not await _alone(service, caller, activated, patient_id)
    async with unit_of_work(service, caller) as uow:
        await part_done(uow, activated, part, failed=failed)
    return part


async def _together(
    service: Service, caller: Caller, activated: Activated, patient_ids: Sequence[UUID]
) -> Sequence[UUID]:
    """Decide a few in one transaction. Returns who is still to be decided alone: who was busy, and everybody where
    somebody could not be decided, since then nothing of the transaction is kept."""
    try:
        async with unit_of_work(service, caller) as uow:
            done = await decide_together(uow, patient_ids, activated.clinic_id)
            await count_changed(uow, activated, done.changed)
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        return patient_ids
    return done.left


async def _alone(service: Service, caller: Caller, activated: Activated, patient_id: UUID) -> bool:
    """False if the patient cannot be decided. Trouble that passes by itself is raised: the part is begun again."""
    try:
        async with unit_of_work(service, caller) as uow:
            await count_changed(uow, activated, int(await decide_again(uow, patient_id, activated.clinic_id)))
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        _log.warning("patient not rescreened", patient=str(patient_id), reason=reason_of(error))
        return False
    return True


async def clear(service: Service, progress: Progress) -> None:
    """End uploads that never became whole and empty the store of what nobody counts, until cancelled."""
    if not service.settings.files_url:
        _log.warning("no file store is set up; documents are refused")
    while True:
        progress.beat()
        try:
            dealt_with = await clear_turn(service, Papers(service)) if service.settings.files_url else 0
            progress.settled("documents")
        except StoreAway as away:
            dealt_with = 0
            progress.delayed("documents", str(away))
        if not dealt_with:
            await asyncio.sleep(_CLEARS)


LOOPS: dict[str, Loop] = {"page": page, "rescreen": rescreen, "clear": clear}
