"""Intake's routes, by what they are about."""

from fastapi import APIRouter

from services.intake.api import care, course, people, proxies, readmodels, screening

router = APIRouter()
for part in (people, proxies, screening, care, course, readmodels):
    router.include_router(part.router)
