"""Intake's routes, by what they are about."""

from fastapi import APIRouter

from services.intake.api import care, course, forms, instruments, people, plans, proxies, readmodels, safety, screening

router = APIRouter()
for part in (people, proxies, screening, safety, forms, instruments, care, plans, course, readmodels):
    router.include_router(part.router)
