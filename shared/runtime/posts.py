"""A service of this very process as something whose clock can be moved."""

from datetime import timedelta

from shared.runtime import clock_loop
from shared.runtime.standing import Standing, standing
from shared.service import Definition, Service


class LocalPost:
    """Used by the embedded house and by tests. Raises NoClockHere outside development."""

    def __init__(self, definition: Definition, service: Service) -> None:
        self._definition, self._service = definition, service

    async def standing(self) -> Standing:
        return await standing(self._definition, self._service)

    async def set_offset(self, offset: timedelta) -> None:
        await clock_loop.set_offset(self._service, offset)
        await clock_loop.read_offset(self._service)
