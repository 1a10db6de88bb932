"""Worker loops: each is restarted with back-off when it raises, and tells by its beats whether it still turns."""

import asyncio
from datetime import datetime, timedelta

from shared.clock import monotonic, wall_now

STALLED_AFTER = 35.0  # seconds; longer than the longest wait inside a healthy turn, the statement time-out of 30 s
_FAILING_AFTER = 3  # restarts in a row
_RECOVERED_AFTER = 10.0  # seconds without a restart


class Progress:
    """One loop's sign of life. A loop calls `beat` every turn; health reads `stalled_for`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._last = self._restarted = monotonic()
        self._restarts = 0
        self._trouble: str | None = None
        self._delays: dict[object, tuple[float, str]] = {}

    def beat(self) -> None:
        self._last = monotonic()
        if self._restarts and self._last - self._restarted > _RECOVERED_AFTER:
            self._restarts, self._trouble = 0, None

    def restarted(self, trouble: str) -> None:
        """The loop raised; `trouble` is the class of the error, never its text."""
        self._restarted = monotonic()
        self._restarts += 1
        self._trouble = trouble

    def delayed(self, what: object, trouble: str) -> None:
        """A piece of the loop's work did not end in time, and is tried again while the loop turns; until `settled`."""
        self._delays.setdefault(what, (monotonic(), trouble))

    def settled(self, what: object) -> None:
        self._delays.pop(what, None)

    def stalled_for(self) -> float:
        """Seconds since the last beat."""
        return monotonic() - self._last

    def last_turn(self) -> datetime:
        """Wall time of the last beat."""
        return wall_now() - timedelta(seconds=self.stalled_for())

    def complaint(self) -> str | None:
        """What is wrong with the loop, for an operator; None when it turns."""
        if self.stalled_for() > STALLED_AFTER:
            return f"has not turned since {self.last_turn():%Y-%m-%dT%H:%M:%SZ}"
        if self._restarts >= _FAILING_AFTER:
            return f"was restarted {self._restarts} times in a row, last after {self._trouble}"
        return None

    def hindrance(self) -> str | None:
        """What the loop is at again and again although it turns; None when nothing is. A restart would not help."""
        if not self._delays:
            return None
        since, trouble = min(self._delays.values())
        return f"is held up by {trouble}, for {monotonic() - since:.0f} s so far"


def told_to_stop() -> bool:
    """Whether somebody cancelled this task. A client library that loses its connection may raise CancelledError too;
    then nobody did, and it is trouble like any other."""
    task = asyncio.current_task()
    return task is None or task.cancelling() > 0


async def rest(progress: Progress, seconds: float) -> None:
    """Sleep between two turns of a slow loop, beating all the while."""
    until = monotonic() + seconds
    while (left := until - monotonic()) > 0:
        progress.beat()
        await asyncio.sleep(min(left, 1.0))
    progress.beat()
