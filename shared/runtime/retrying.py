"""Retrying many parked events: after a cause is mended, all events of a type that it stopped."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from shared.caller import Caller
from shared.clock import monotonic
from shared.events import Event
from shared.messaging import parking
from shared.messaging.parking import STILL_REFUSED, Parked
from shared.problems import NOT_FOUND, Problem
from shared.service import Handler, Service

PART_SECONDS = 5.0  # the transaction that asks for it idles meanwhile, and PostgreSQL ends those after 15
Tables = Mapping[str, Mapping[type[Event], Handler]]


@dataclass(slots=True)
class Retried:
    """What came of it so far; `next` is where to go on, None at the end."""

    applied: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    next: str | None = None


async def retry_some(service: Service, tables: Tables, type_: str, *, after: str | None, caller: Caller) -> Retried:
    """Retry, each in a transaction of its own, the queues of the caller's organisation with an event of this type at
    the head, for 5 s at most. Those refused again stay parked with the new reason. Transient trouble as it comes.
    """
    heads = await parking.list_parked(service, caller.organisation_id)
    meant = {_place(head): head for head in heads if head.type == type_ and head.consumer in tables}
    left = sorted(place for place in meant if after is None or place > after)
    done, until = Retried(), monotonic() + PART_SECONDS
    for count, place in enumerate(left, 1):
        await _retry(service, tables, meant[place], caller, done)
        if monotonic() >= until and count < len(left):
            done.next = place
            break
    return done


async def _retry(service: Service, tables: Tables, head: Parked, caller: Caller, done: Retried) -> None:
    """One queue; one that somebody dealt with meanwhile counts as neither."""
    try:
        await parking.retry(
            service, head.consumer, head.producer, head.key, subscriptions=tables[head.consumer], caller=caller
        )
    except Problem as problem:
        if problem.kind is STILL_REFUSED:
            done.refused[str(problem.params["reason"])] += 1
        elif problem.kind is not NOT_FOUND:
            raise
    else:
        done.applied += 1


def _place(head: Parked) -> str:
    return f"{head.consumer}/{head.producer}/{head.key}"
