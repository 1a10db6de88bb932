"""Processes that a run forked end with it, also when it is killed and they were stopped; its folders go at the next."""

import fcntl
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from tests.support.parts import PREFIX, clear

LIMIT_SECONDS = 30.0  # of liveness
_RUN = """
import signal
from tests.support.forks import forked, forks
from tests.unit.faults.test_endings import linger
forks.set_forkserver_preload([])
forked(linger)
forked(linger)
signal.pause()
"""


def linger() -> None:
    """What is forked: says who it is, once it runs, and stays."""
    os.write(1, b"%d\n" % os.getpid())  # in one piece, since two of them write
    time.sleep(600)


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
            working, stopped = (int(run.stdout.readline()) for _ in range(2))
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


def test_what_a_killed_run_left_is_removed_and_what_runs_is_young_or_is_not_ours_stays(tmp_path: Path) -> None:
    long_ago = time.time() - 3_600
    for name in (f"{PREFIX}left", f"{PREFIX}runs", f"{PREFIX}young", "stillwater-elsewhere"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lock").touch()
        if "young" not in name:
            os.utime(tmp_path / name, (long_ago, long_ago))
    with (tmp_path / f"{PREFIX}runs" / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        clear(tmp_path)
    assert sorted(folder.name for folder in tmp_path.iterdir()) == [
        "stillwater-elsewhere", f"{PREFIX}runs", f"{PREFIX}young",
    ]  # fmt: skip
