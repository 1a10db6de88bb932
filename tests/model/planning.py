"""How a member plans a batch: with the product's own `runs.plan`."""

from datetime import UTC, datetime
from functools import cache
from uuid import UUID

from shared.events import Envelope
from shared.messaging.runs import Run, plan
from tests.model.consumer_state import Log, Todo
from tests.model.transactions import Event


@cache
def envelope(event: Event) -> Envelope:
    """The event as the product's plan sees it."""
    return Envelope(
        id=UUID(int=0), type=event.kind, service="intake", subject="", time=datetime(2026, 3, 2, tzinfo=UTC),
        key=UUID(int=event.stream), sequence=event.seq, epoch=1, organisation_id=UUID(int=0), clinic_id=None,
        correlation_id=UUID(int=0), causation_id=None, traceparent=None, body=b"",
    )  # fmt: skip


def is_handled(event: Envelope) -> bool:
    return event.type != "unheard"


@cache
def planned(batch: Log, taken: tuple[int, ...], start: int) -> tuple[Todo, ...]:
    """What is to be done with a batch that starts at an offset, and the offsets that its parts end at."""
    looked = {("intake", UUID(int=stream)): seq for stream, seq in enumerate(taken)}
    events = {(event.stream, event.seq): event for event in batch}
    todo = []
    for part in plan([envelope(event) for event in batch], looked, is_handled):
        what = part.what
        last = what.upto.items() if isinstance(what, Run) else [(("intake", what.key), what.sequence)]
        parts = tuple(events[key.int, seq] for (_, key), seq in last)
        todo.append(Todo(parts, isinstance(what, Run), start + part.covered))
    if todo:
        todo[-1] = todo[-1]._replace(covered=start + len(batch))
    return tuple(todo)
