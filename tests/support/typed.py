"""A command of `stillwater` as it is typed: in a process of its own, forked from one that has imported everything.

Imports little, for each such process imports this.
"""

import asyncio
import os
import sys
from collections.abc import Mapping
from pathlib import Path


def _type(arguments: list[str], environment: dict[str, str], output: str) -> None:
    from cli.main import main

    with open(output, "wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    os.environ.update(environment)
    sys.argv = ["stillwater", *arguments]
    main()


async def typed(arguments: list[str], environment: Mapping[str, str], output: Path) -> int | None:
    """Its exit code; what it printed stands in the file."""
    from tests.support.forks import forked

    process = forked(_type, arguments, dict(environment), str(output))
    await asyncio.to_thread(process.join)
    return process.exitcode
