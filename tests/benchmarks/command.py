"""A command over HTTP, with its outbox row and without, in an open loop at 200 a second from the scheduled send."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from shared.clock import monotonic
from shared.ids import new_id
from tests.benchmarks.figures import Bar, Figure, at_most, quantile
from tests.benchmarks.ground import Ground
from tests.benchmarks.openloop import Client, drive
from tests.faults.world import environment_of
from tests.support.docker import free_port
from tests.support.given import number
from tests.support.house import Tokens, larkspur

RATE, ROUNDS = 200, 3
SECONDS = number("STILLWATER_BENCH_SECONDS", 20) / 2
_WARM = 200
_MODULE = "tests.benchmarks.served"
_START_SECONDS = 60.0


async def measure(ground: Ground) -> list[Figure]:
    async with ground.service("intake") as service:
        environment = environment_of(ground.secrets, "intake", service.database.dsn, "nowhere:9")
        async with served(environment, Tokens(ground.secrets, larkspur()).staff("frontdesk"), _MODULE) as client:
            await drive(RATE / 2, _WARM / RATE, lambda n: client.post("/v1/told/true", {}, str(new_id())))
            took: dict[str, list[float]] = {"true": [], "false": []}
            for _ in range(ROUNDS):
                for tells in took:
                    took[tells] += await _times(client, tells)
    (median, median_untold), (worst, worst_untold) = (
        [quantile(times, part) * 1000 for times in took.values()] for part in (0.5, 0.99)
    )
    untold = "the same route without outbox"
    return [
        Figure(f"command at {RATE}/s, median", "ms", median, untold, median_untold),
        Figure(f"command at {RATE}/s, p99", "ms", worst, untold, worst_untold, Bar(1.3, of_ratio=True, at_least=False)),
        Figure(f"command at {RATE}/s, p99", "ms", worst, bar=at_most(15)),
    ]


async def _times(client: Client, tells: str) -> list[float]:
    answers = await drive(RATE, SECONDS / ROUNDS, lambda n: client.post(f"/v1/told/{tells}", {}, str(new_id())))
    return [answered - due for due, answered, answer in answers if answer is not None]


@asynccontextmanager
async def served(environment: dict[str, str], token: str, module: str) -> AsyncIterator[Client]:
    """The API of a module in a process of its own."""
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", module, "api", "--host=127.0.0.1", f"--port={port}",
        env=environment | {"PYTHONPATH": "."}, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    client = Client(port, {"Authorization": f"Bearer {token}"})
    try:
        await _answering(port)
        yield client
    finally:
        await client.close()
        process.terminate()
        await process.wait()


async def _answering(port: int) -> None:
    deadline = monotonic() + _START_SECONDS
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            if monotonic() > deadline:
                raise
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
