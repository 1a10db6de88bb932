"""`stillwater up` and `migrate`: the embedded house in this process."""

import asyncio
import signal
from pathlib import Path

from rich.console import Console

from cli.house import open_house
from shared.db.migrations import migrate
from shared.events import SERVICES
from shared.runtime.logs import set_up_logs
from shared.runtime.parts import Parts


async def bring_up(data: Path, port: int, out: Console) -> None:
    """Run the house until SIGINT or SIGTERM. Raises PartsFailed, PartsLost, AddressTaken."""
    set_up_logs()
    async with open_house(data, port) as house:
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, house.leave)
        out.print(f"Stillwater is up at {house.url}; Ctrl-C ends it, data stays in {data}")
        out.print(f"  {house.url}/openapi.json")
        for name in SERVICES:
            out.print(f"  {house.url}/{name}/docs")
        out.print("Next, in another terminal: stillwater apply clinics/larkspur.yaml")
        await house.wait()


def migrate_all(data: Path) -> list[str]:
    """Migrate the four embedded databases; returns their names. Raises PartsFailed when the house is running."""
    with Parts(data.resolve() / "parts") as addresses:
        for name in SERVICES:
            asyncio.run(migrate(name, addresses.database_url(name)))
    return list(SERVICES)
