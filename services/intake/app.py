"""Intake as a service."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import BaseModel

from services.intake.commands import heed_refused
from services.intake.domain.unheard import help_for
from services.intake.handlers import SUBSCRIPTIONS
from services.intake.loops import LOOPS, leaving
from services.intake.projections import PROJECTIONS, READ_MODELS
from services.intake.timers import TIMERS
from shared.service import Definition

if TYPE_CHECKING:
    from fastapi import APIRouter


def _router() -> "APIRouter":
    from services.intake.api import router  # noqa: PLC0415 -- a worker has no routes

    return router


def _examples() -> Sequence[BaseModel]:
    from services.intake.examples import EXAMPLES  # noqa: PLC0415 -- as above

    return EXAMPLES


DEFINITION = Definition(
    name="intake", router=_router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, projections=PROJECTIONS,
    read_models=READ_MODELS, loops=LOOPS, leaving=leaving, examples=_examples, help_for=help_for,
    heed=heed_refused,
)  # fmt: skip
