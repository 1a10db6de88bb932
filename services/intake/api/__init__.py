"""Intake's routes, by what they are about."""

from fastapi import APIRouter

from services.intake.api import (
    care,
    course,
    documents,
    forms,
    instruments,
    people,
    plans,
    proxies,
    readmodels,
    safety,
    screening,
)

router = APIRouter()
for part in (people, proxies, screening, safety, forms, instruments, documents, care, plans, course, readmodels):
    router.include_router(part.router)
