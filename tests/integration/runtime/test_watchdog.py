"""The watchdog: a process whose event loop stands still ends and says where; one that turns goes on."""

import subprocess
import sys

from shared.runtime.watchdog import EXIT_CODE

_PROGRAM = """
import asyncio, time
from shared.runtime.watchdog import watchdog

async def turn():
    await asyncio.sleep(2.5)

async def never_return():
    time.sleep(600)

async def main():
    with watchdog(seconds=4):
        await turn()
        print("turned", flush=True)
        await {last}()

asyncio.run(main())
"""


def ended(last: str) -> tuple[int, str]:
    """Exit code and output of a process whose event loop ends with this function."""
    program = [sys.executable, "-c", _PROGRAM.format(last=last)]
    done = subprocess.run(program, check=False, capture_output=True, text=True)
    return done.returncode, done.stdout


def test_a_process_whose_event_loop_stands_still_ends_and_says_where():
    code, output = ended("never_return")
    assert code == EXIT_CODE
    assert "turned" in output
    assert "event_loop_stands_still" in output
    assert "never_return" in output


def test_a_process_whose_event_loop_turns_goes_on_to_its_end():
    assert ended("turn") == (0, "turned\n")
