"""Scheduling's routes, by what they are about."""

from fastapi import APIRouter

from services.scheduling.api import appointments, closures, courses, sessions

router = APIRouter()
for part in (courses, appointments, sessions, closures):
    router.include_router(part.router)
