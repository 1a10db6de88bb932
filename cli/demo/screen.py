"""How the story looks: numbered steps and a live table of events in a terminal, plain lines elsewhere."""

from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Protocol

from rich.console import Console, Group
from rich.live import Live
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from cli.demo.events import Heard

COLOURS = {"intake": "cyan", "scheduling": "green", "notifications": "magenta", "billing": "yellow"}
_SHOWN = 12


class Screen(Protocol):
    """Where the story is told."""

    def begin(self, number: int, title: str) -> None:
        """A step begins."""

    def done(self, seen: list[str]) -> None:
        """The step happened; what was seen."""

    def failed(self, why: str) -> None:
        """The step did not happen."""

    def event(self, heard: Heard) -> None:
        """An event was heard."""


def latency(after_cause: timedelta | None) -> str:
    """Time since the cause, in milliseconds; empty for what a person or a clock did."""
    return "" if after_cause is None else f"{after_cause / timedelta(milliseconds=1):.0f} ms"


class PlainScreen:
    """One line per fact, for logs and pipes."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def begin(self, number: int, title: str) -> None:
        self._line(f"{number:2}. {title}")

    def done(self, seen: list[str]) -> None:
        for line in seen:
            self._line(f"    {line}")

    def failed(self, why: str) -> None:
        self._line(f"    DID NOT HAPPEN: {why}")

    def event(self, heard: Heard) -> None:
        self._line(f"      {heard.envelope.service:<13} {heard.name:<22} {latency(heard.after_cause)}".rstrip())

    def _line(self, text: str) -> None:
        self._console.print(text, markup=False, highlight=False, soft_wrap=True)


class LiveScreen:
    """Steps grow downwards; below them the last events, as they come."""

    def __init__(self, console: Console) -> None:
        self._live = Live(console=console, refresh_per_second=12)
        self._current: Text | None = None
        self._events: deque[Heard] = deque(maxlen=_SHOWN)
        self._count = 0

    @contextmanager
    def showing(self) -> Iterator[None]:
        """Draw until the block ends; what is shown then stays."""
        with self._live:
            yield

    def begin(self, number: int, title: str) -> None:
        self._current = Text.assemble((f"{number:2}  ", "bold blue"), (title, "bold"))
        self._draw()

    def done(self, seen: list[str]) -> None:
        self._settle(("✓ ", "bold green"))
        for line in seen:
            self._live.console.print(Padding(Text(line, style="dim"), (0, 0, 0, 6)))
        self._draw()

    def failed(self, why: str) -> None:
        self._settle(("✗ ", "bold red"))
        self._live.console.print(Padding(Text(why, style="red"), (0, 0, 0, 6)))

    def event(self, heard: Heard) -> None:
        self._events.append(heard)
        self._count += 1
        self._draw()

    def _settle(self, mark: tuple[str, str]) -> None:
        if self._current is not None:
            self._live.console.print(Text.assemble(mark, self._current))
        self._current = None

    def _draw(self) -> None:
        step = Text.assemble(("… ", "blue"), self._current) if self._current else Text("")
        self._live.update(Group(step, Text(""), self._table()))

    def _table(self) -> Table:
        table = Table(title=f"{self._count} events", title_justify="left", box=None, padding=(0, 2))
        for name, style in (("service", ""), ("event", "bold"), ("after its cause", "dim"), ("patient", "dim")):
            table.add_column(name, style=style, justify="right" if name == "after its cause" else "left")
        for heard in self._events:
            service = heard.envelope.service
            table.add_row(
                Text(service, style=COLOURS.get(service, "")), heard.name, latency(heard.after_cause),
                f"…{str(heard.envelope.key)[-4:]}",
            )  # fmt: skip
        return table
