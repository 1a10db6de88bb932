"""The embedded parts: they go with their parent, start again on the same data, and two sets run side by side."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import asyncpg
import psutil
import pytest

from shared.runtime.parts import Addresses, Parts, PartsFailed

PARENT = """
import sys
from pathlib import Path
from shared.runtime.parts import Parts
parts = Parts(Path(sys.argv[1]), lossy=True)
addresses = parts.start()
print(parts.pid, addresses.socket, flush=True)
sys.stdin.read()  # ends with who started it
"""


def ask(addresses, statement):
    async def go():
        connection = await asyncpg.connect(addresses.database_url("intake"))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()

    return asyncio.run(go())


def parent_of_parts(folder):
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        start_new_session=True, cwd=Path.cwd(),
    )  # fmt: skip
    pid, socket = parent.stdout.readline().decode().split()
    return parent, int(pid), Addresses(socket, "")


def gone(pid):
    with suppress(psutil.NoSuchProcess):
        psutil.Process(pid).wait(30)
    return not psutil.pid_exists(pid)


def test_the_parts_go_when_their_parent_is_killed_and_the_next_start_finds_the_data(tmp_path):
    parent, child, addresses = parent_of_parts(tmp_path)
    with parent:
        ask(addresses, "CREATE TABLE kept AS SELECT 42 AS answer")
        parent.kill()
    with Parts(tmp_path, lossy=True) as again:  # waits for the old child, which may still be stopping
        assert ask(again, "SELECT answer FROM kept") == 42
    assert gone(child)


def test_they_outlive_a_ctrl_c_in_the_terminal(tmp_path):
    parts = Parts(tmp_path, lossy=True)
    addresses = parts.start()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        os.kill(parts.pid, number)
    assert ask(addresses, "SELECT 1") == 1
    parts.stop()


def test_a_killed_child_leaves_a_server_that_the_next_start_replaces(tmp_path):
    parts = Parts(tmp_path, lossy=True)
    addresses = parts.start()
    ask(addresses, "CREATE TABLE kept AS SELECT 42 AS answer")
    servers = [p for p in psutil.Process(parts.pid).children() if p.name() == "postgres"]
    os.kill(parts.pid, signal.SIGKILL)
    deadline = time.monotonic() + 30
    while parts.running() and time.monotonic() < deadline:
        time.sleep(0.02)
    parts.stop()
    with Parts(tmp_path, lossy=True) as again:
        assert ask(again, "SELECT answer FROM kept") == 42
        assert all(gone(server.pid) for server in servers)


def test_two_houses_run_at_once(tmp_path):
    with Parts(tmp_path / "one", lossy=True) as one, Parts(tmp_path / "two", lossy=True) as two:
        ask(one, "CREATE TABLE only_here ()")
        assert ask(two, "SELECT to_regclass('only_here')") is None
        assert one.kafka != two.kafka


def test_a_long_path_gets_a_short_socket(tmp_path):
    deep = tmp_path.joinpath(*["a-rather-long-folder-name"] * 5)
    with Parts(deep, lossy=True) as addresses:
        assert ask(addresses, "SELECT 1") == 1
        assert len(addresses.socket) < 90
    assert not Path(addresses.socket).exists()


def test_a_start_that_was_interrupted_is_made_good(tmp_path):
    (tmp_path / "postgres" / "data.new").mkdir(parents=True)
    (tmp_path / "postgres" / "data.new" / "half").write_text("made")
    with Parts(tmp_path, lossy=True) as addresses:
        assert ask(addresses, "SELECT 1") == 1


def test_a_folder_that_cannot_be_used_is_named_in_one_line(tmp_path):
    (tmp_path / "postgres").write_text("not a folder")
    with pytest.raises(PartsFailed, match="postgres"):
        Parts(tmp_path, lossy=True).start()
