"""A clinic file that is new may ask otherwise what is paid before sessions: courses are looked at again."""

import asyncio

import structlog

from services.billing.commands import look_at_file
from shared.caller import Caller
from shared.db.unit_of_work import unit_of_work
from shared.messaging.trouble import Trouble, judge
from shared.runtime.logs import trouble
from shared.runtime.loops import Progress
from shared.service import Loop, Service

_LOOKS = 20.0  # seconds
_log = structlog.get_logger("services.billing")


async def look(service: Service, progress: Progress) -> None:
    """Look at every clinic's file, until cancelled."""
    while True:
        progress.beat()
        if not await look_turn(service):
            await asyncio.sleep(_LOOKS)


async def look_turn(service: Service) -> bool:
    """One round over all clinics; whether patients are left. A clinic whose file cannot be read stops no other."""
    pool, left = await service.database.pool(), False
    for organisation_id, clinic_id in await pool.fetch("SELECT organisation_id, clinic_id FROM clinic_active"):
        try:
            async with unit_of_work(service, Caller("service", service.name, organisation_id)) as uow:
                left = await look_at_file(uow, clinic_id) or left
        except Exception as error:
            if judge(error) is Trouble.TRANSIENT:
                raise
            _log.warning("payments not looked at", clinic=str(clinic_id), **trouble(error))
    return left


LOOPS: dict[str, Loop] = {"payments": look}
