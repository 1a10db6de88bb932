"""The notifications service."""

from fastapi import FastAPI

from services.notifications.api import router
from services.notifications.examples import EXAMPLES
from services.notifications.handlers import SUBSCRIPTIONS
from services.notifications.loops import LOOPS, leaving
from services.notifications.timers import TIMERS
from shared.runtime.app import build_app
from shared.service import Definition, Service

DEFINITION = Definition(
    name="notifications", router=router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, loops=LOOPS,
    leaving=leaving, examples=EXAMPLES,
)  # fmt: skip


def create_app(service: Service) -> FastAPI:
    """The HTTP side."""
    return build_app(DEFINITION, service)
