"""Intake as a service."""

from fastapi import FastAPI

from services.intake.api import router
from services.intake.domain.unheard import help_for
from services.intake.examples import EXAMPLES
from services.intake.handlers import SUBSCRIPTIONS
from services.intake.loops import LOOPS, leaving
from services.intake.projections import PROJECTIONS, READ_MODELS
from services.intake.timers import TIMERS
from shared.runtime.app import build_app
from shared.service import Definition, Service

DEFINITION = Definition(
    name="intake", router=router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, projections=PROJECTIONS,
    read_models=READ_MODELS, loops=LOOPS, leaving=leaving, examples=EXAMPLES, help_for=help_for,
)  # fmt: skip


def create_app(service: Service) -> FastAPI:
    """The HTTP application of intake on a service's parts."""
    return build_app(DEFINITION, service)
