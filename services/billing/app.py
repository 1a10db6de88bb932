"""Billing as a service."""

from fastapi import FastAPI

from services.billing.api import router
from services.billing.handlers import SUBSCRIPTIONS
from shared.runtime.app import build_app
from shared.service import Definition, Service

DEFINITION = Definition(name="billing", router=router, subscriptions=SUBSCRIPTIONS)


def create_app(service: Service) -> FastAPI:
    """The HTTP application of billing on a service's parts."""
    return build_app(DEFINITION, service)
