"""Scheduling's routes, by what they are about."""

from fastapi import APIRouter

from services.scheduling.api import alerts, appointments, board, closures, courses, sessions, spray

router = APIRouter()
for part in (courses, appointments, sessions, alerts, spray, board, closures):
    router.include_router(part.router)
