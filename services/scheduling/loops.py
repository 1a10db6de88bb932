"""Pages go to whoever is on call, straight from scheduling's worker; day packs are planned."""

import asyncio

import structlog

from services.scheduling.commands import plan_day_packs
from services.scheduling.commands.chair.alerts import DUTY
from services.scheduling.commands.stock import alarming
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.messaging.trouble import Trouble, judge
from shared.oncall import sending
from shared.runtime.logs import trouble
from shared.runtime.loops import Progress
from shared.service import Loop, Service

_LOOKS, _STOCK_IDLE = 20.0, 1.0  # seconds
_log = structlog.get_logger("services.scheduling")


async def page(service: Service, progress: Progress) -> None:
    """Send the pages about alerts that are due, until cancelled."""
    await sending.page(service, DUTY, progress)


async def page_about_stock(service: Service, progress: Progress) -> None:
    """The same about differences in the drug ledger. By itself, so that none of them holds up an alert's."""
    await sending.page(service, alarming.DUTY, progress, _STOCK_IDLE)


async def leaving(service: Service) -> int:
    """How many pages are due and have no outcome, on the channels that this process can page on."""
    return await sending.leaving(service, DUTY) + await sending.leaving(service, alarming.DUTY)


async def plan(service: Service, progress: Progress) -> None:
    """See to it that the next day pack of each location is a timer, also under a file that is new, until cancelled."""
    while True:
        progress.beat()
        await plan_turn(service)
        await asyncio.sleep(_LOOKS)


async def plan_turn(service: Service) -> None:
    """One round over all clinics. One whose file cannot be read is told in the log, and stops no other."""
    pool = await service.database.pool()
    for organisation_id, clinic_id in await pool.fetch("SELECT organisation_id, clinic_id FROM clinic_active"):
        try:
            async with unit_of_work(service, Caller("service", service.name, organisation_id)) as uow:
                await plan_day_packs(uow, clinic_id)
        except Exception as error:
            if judge(error) is Trouble.TRANSIENT:
                raise
            _log.warning("day packs not planned", clinic=str(clinic_id), **trouble(error))


LOOPS: dict[str, Loop] = {"page": page, "page_about_stock": page_about_stock, "daypacks": plan}
