"""Billing's routes, by what they are about."""

from fastapi import APIRouter

from services.billing.api import documents, money

router = APIRouter(tags=["billing"])
for part in (documents, money):
    router.include_router(part.router)
