"""The fail point that sets a process's clock wrong: wall time alone, not the time that measures."""

import subprocess
import sys

_LOOK = """
import time
from datetime import UTC, datetime
from shared.clock import monotonic, wall_now
from tests.faults.failpoints import BEHIND
wall, measured = datetime.now(UTC), monotonic()
BEHIND.arm()
off = (wall_now() - wall).total_seconds(), time.time() - wall.timestamp(), monotonic() - measured
print(*(round(seconds / 10) * 10 for seconds in off))
"""


def test_wall_time_is_off_and_measured_time_is_not() -> None:
    looked = subprocess.run([sys.executable, "-c", _LOOK], check=True, capture_output=True, text=True)
    assert looked.stdout.strip() == "-30 -30 0"
