"""Billing as a service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from services.billing.handlers import SUBSCRIPTIONS
from services.billing.loops import LOOPS
from services.billing.timers import TIMERS
from shared.service import Definition

if TYPE_CHECKING:
    from fastapi import APIRouter


def _router() -> "APIRouter":
    from services.billing.api import router  # noqa: PLC0415 -- a worker has no routes

    return router


def _examples() -> Sequence[BaseModel]:
    from services.billing.examples import EXAMPLES  # noqa: PLC0415 -- as above

    return EXAMPLES


DEFINITION = Definition(
    name="billing", router=_router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, loops=LOOPS, examples=_examples
)
