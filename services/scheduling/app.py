"""Scheduling as a service."""

from fastapi import FastAPI

from services.scheduling.api import router
from services.scheduling.examples import EXAMPLES
from services.scheduling.handlers import SUBSCRIPTIONS
from services.scheduling.loops import LOOPS, leaving
from services.scheduling.timers import TIMERS
from shared.runtime.app import build_app
from shared.service import Definition, Service

DEFINITION = Definition(
    name="scheduling", router=router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, loops=LOOPS, leaving=leaving,
    examples=EXAMPLES,
)  # fmt: skip


def create_app(service: Service) -> FastAPI:
    """The HTTP application of scheduling on a service's parts."""
    return build_app(DEFINITION, service)
