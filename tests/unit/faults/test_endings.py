"""Processes that a run forked end with it, also when it is killed and they were stopped."""

import os
import signal
import subprocess
import sys
import time

import psutil

LIMIT_SECONDS = 30.0  # of liveness
_RUN = """
import signal
from time import sleep
from tests.support.forks import forked, forks
forks.set_forkserver_preload([])
children = [forked(sleep, 600), forked(sleep, 600)]
print(*(child.pid for child in children), flush=True)
signal.pause()
"""


def lives(pid: int) -> bool:
    """Whether a process is there; one that nobody has buried yet is not."""
    try:
        return psutil.Process(pid).status() not in (psutil.STATUS_ZOMBIE, psutil.STATUS_DEAD)
    except psutil.NoSuchProcess:
        return False


def test_what_a_run_forked_ends_when_the_run_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE, text=True) as run:
        assert run.stdout is not None
        try:
            working, stopped = map(int, run.stdout.readline().split())
            server = psutil.Process(working).ppid()
            os.kill(stopped, signal.SIGSTOP)
            assert all(map(lives, (working, stopped, server)))
        finally:
            run.kill()
    deadline = time.monotonic() + LIMIT_SECONDS
    while left := [pid for pid in (working, stopped, server) if lives(pid)]:
        assert time.monotonic() < deadline, f"{len(left)} of them outlived the run"
        time.sleep(0.02)
    assert left == []
