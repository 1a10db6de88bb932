"""The notifications service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from services.notifications.handlers import SUBSCRIPTIONS
from services.notifications.loops import LOOPS, leaving
from services.notifications.timers import TIMERS
from shared.service import Definition

if TYPE_CHECKING:
    from fastapi import APIRouter


def _router() -> "APIRouter":
    from services.notifications.api import router  # noqa: PLC0415 -- a worker has no routes

    return router


def _examples() -> Sequence[BaseModel]:
    from services.notifications.examples import EXAMPLES  # noqa: PLC0415 -- as above

    return EXAMPLES


DEFINITION = Definition(
    name="notifications", router=_router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, loops=LOOPS,
    leaving=leaving, examples=_examples,
)  # fmt: skip
