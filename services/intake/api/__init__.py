"""Intake's routes, by what they are about."""

from fastapi import APIRouter

from services.intake.api import care, people, screening

router = APIRouter()
for part in (people, screening, care):
    router.include_router(part.router)
