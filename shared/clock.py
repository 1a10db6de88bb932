"""Two clocks (design: two clocks). Business time can be moved forward in development; wall time cannot."""

import time
from datetime import UTC, datetime, timedelta


def wall_now() -> datetime:
    """Wall time in UTC: leases, tokens, retention, retries, rate limits."""
    return datetime.now(UTC)


def monotonic() -> float:
    """Seconds that never go back: for time-outs inside one process."""
    return time.monotonic()


class Clock:
    """Business time: due times, ages, `ce_time`. Wall time plus an offset that only grows.

    The offset is kept in the service's database and read into the process by the clock loop; it stays zero outside
    development, where `advance_to` is never called.
    """

    def __init__(self, offset: timedelta = timedelta()) -> None:
        self._offset = offset

    @property
    def offset(self) -> timedelta:
        return self._offset

    def now(self) -> datetime:
        """Business time in UTC."""
        return wall_now() + self._offset

    def set_offset(self, offset: timedelta) -> None:
        """Move forward to an absolute offset; a smaller one is ignored, so a late reader cannot turn time back."""
        self._offset = max(self._offset, offset)
