"""The delivery loop in a process of its own, so that a test can kill it. Argument: pickled settings, in hex."""

import asyncio
import pickle
import sys
from datetime import timedelta

from services.notifications.app import DEFINITION
from services.notifications.loops import Patience, deliver
from shared.runtime.loops import Progress
from shared.runtime.main import service_of

QUICK = Patience(timedelta(seconds=0.3), timedelta(seconds=0.3), timedelta(seconds=2))


async def main() -> None:
    service = service_of(DEFINITION, pickle.loads(bytes.fromhex(sys.argv[1])))
    await deliver(service, Progress("deliver"), QUICK)


if __name__ == "__main__":
    asyncio.run(main())
