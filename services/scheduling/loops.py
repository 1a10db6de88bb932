"""Pages about alerts go to whoever is on call, straight from scheduling's worker."""

from services.scheduling.commands.chair.alerts import DUTY
from shared.oncall import sending
from shared.runtime.loops import Progress
from shared.service import Loop, Service


async def page(service: Service, progress: Progress) -> None:
    """Send the pages about alerts that are due, until cancelled."""
    await sending.page(service, DUTY, progress)


async def leaving(service: Service) -> int:
    """How many pages are due and have no outcome, on the channels that this process can page on."""
    return await sending.leaving(service, DUTY)


LOOPS: dict[str, Loop] = {"page": page}
