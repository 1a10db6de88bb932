"""Worker loops: each is restarted with back-off when it raises, and tells by its beats whether it still turns."""

from shared.clock import monotonic


class Progress:
    """One loop's sign of life. A loop calls `beat` every turn; health reads `stalled_for`."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._last = monotonic()

    def beat(self) -> None:
        self._last = monotonic()

    def stalled_for(self) -> float:
        """Seconds since the last beat."""
        return monotonic() - self._last
