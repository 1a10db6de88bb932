"""Pages go to whoever is on call; new rules go to everybody screened; uploads that never became whole are cleared."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from uuid import UUID

import structlog

from services.intake.commands.safety.oncall import DUTY
from services.intake.commands.screening.activation import GROUP, UNDONE, Activated, Part, next_part, part_done
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
    caller, outcomes = Caller("service", service.name, activated.organisation_id), Counter[str]()
    async with unit_of_work(service, caller) as uow:
        part = await next_part(uow, activated)
    for begin in range(0, len(part.unsure), GROUP):
        progress.beat()
        outcomes += await _group(service, caller, activated, part.unsure[begin : begin + GROUP], progress)
    async with unit_of_work(service, caller) as uow:
        await part_done(uow, activated, part, changed=outcomes["changed"], failed=outcomes["failed"])
    return part


async def _group(
    service: Service, caller: Caller, activated: Activated, patient_ids: Sequence[UUID], progress: Progress
) -> Counter[str]:
    """How many of a few are `changed`, `same` or `failed`. Where somebody cannot be decided, none of the transaction
    is kept, and each of them is decided alone; so is who was busy."""
    try:
        async with unit_of_work(service, caller) as uow:
            done = await decide_together(uow, patient_ids, activated.clinic_id)
        outcomes, left = Counter(changed=done.changed, same=done.same), done.left
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        outcomes, left = Counter[str](), patient_ids
    for patient_id in left:
        progress.beat()
        outcomes[await _alone(service, caller, activated, patient_id)] += 1
    return outcomes


async def _alone(service: Service, caller: Caller, activated: Activated, patient_id: UUID) -> str:
    """`changed`, `same` or `failed`. Trouble that passes by itself is raised: the part is begun again."""
    try:
        async with unit_of_work(service, caller) as uow:
            return "changed" if await decide_again(uow, patient_id, activated.clinic_id) else "same"
    except Exception as error:
        if judge(error) is not Trouble.PERMANENT:
            raise
        _log.warning("patient not rescreened", patient=str(patient_id), reason=reason_of(error))
        return "failed"


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
