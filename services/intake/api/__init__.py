"""Intake's routes, by what they are about."""

from fastapi import APIRouter

from services.intake.api import (
    breaking,
    care,
    course,
    documents,
    forms,
    instruments,
    merging,
    observed,
    people,
    plans,
    proxies,
    readmodels,
    safety,
    screening,
)

router = APIRouter()
PARTS = (
    people, proxies, merging, breaking, screening, observed, safety, forms, instruments, documents, care, plans, course,
    readmodels,
)  # fmt: skip
for part in PARTS:
    router.include_router(part.router)
