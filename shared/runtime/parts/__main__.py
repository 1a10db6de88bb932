"""The child process: `python -m shared.runtime.parts FOLDER`.

Prints one line of JSON with the addresses, then lives until its standard input closes: the parent holds the other end,
so that a parent that ends in any way, `kill -9` included, takes the parts along.
"""

import argparse
import fcntl
import json
import os
import signal
import sys
import time
from pathlib import Path

from shared.runtime.parts.broker import EmbeddedBroker
from shared.runtime.parts.postgres import FAST_AND_LOSSY, SETTINGS, EmbeddedPostgres

_LOCK_SECONDS = 30


def main() -> int:
    """Run the parts. Exit code 3: the folder is in use; 4: a part did not start (the reason is on standard error)."""
    parser = argparse.ArgumentParser(prog="shared.runtime.parts")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--database", action="append", default=[])
    parser.add_argument("--lossy", action="store_true", help="for tests: data need not survive the machine")
    arguments = parser.parse_args()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)  # Ctrl-C is the parent's to handle; we go when it has gone
    folder = arguments.folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    if not _lock(folder):
        print("another process uses this folder", file=sys.stderr)
        return 3
    settings = SETTINGS | FAST_AND_LOSSY if arguments.lossy else SETTINGS
    return _serve(EmbeddedPostgres(folder / "postgres", settings), arguments.database)


def _lock(folder: Path) -> bool:
    """Take the folder for as long as this process lives; a predecessor that is still stopping gets its time."""
    handle = os.open(folder / "lock", os.O_CREAT | os.O_RDWR, 0o600)
    deadline = time.monotonic() + _LOCK_SECONDS
    while time.monotonic() < deadline:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
        except BlockingIOError:
            time.sleep(0.05)
    return False


def _serve(postgres: EmbeddedPostgres, databases: list[str]) -> int:
    broker = EmbeddedBroker()
    try:
        broker.start()
        postgres.start(databases)
        print(json.dumps({"socket": str(postgres.socket), "kafka": broker.bootstrap}), flush=True)
        sys.stdin.buffer.read()
    except (OSError, RuntimeError) as trouble:
        print(trouble, file=sys.stderr)
        return 4
    finally:
        postgres.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
