"""Billing as a service."""

from fastapi import FastAPI

from services.billing.api import router
from services.billing.examples import EXAMPLES
from services.billing.handlers import SUBSCRIPTIONS
from services.billing.loops import LOOPS
from services.billing.timers import TIMERS
from shared.runtime.app import build_app
from shared.service import Definition, Service

DEFINITION = Definition(
    name="billing", router=router, subscriptions=SUBSCRIPTIONS, timers=TIMERS, loops=LOOPS, examples=EXAMPLES
)


def create_app(service: Service) -> FastAPI:
    """The HTTP application of billing on a service's parts."""
    return build_app(DEFINITION, service)
