"""Scheduling's routes, by what they are about."""

from fastapi import APIRouter

from services.scheduling.api import (
    alerts,
    appointments,
    board,
    calendars,
    closures,
    counts,
    courses,
    dayof,
    daypacks,
    draws,
    drugrecords,
    floor,
    holds,
    infusion,
    monitor,
    offers,
    record,
    sessions,
    spray,
    staff,
    stock,
    transfers,
    waitlist,
)

router = APIRouter()
for part in (
    courses,
    appointments,
    holds,
    offers,
    waitlist,
    sessions,
    infusion,
    monitor,
    record,
    floor,
    dayof,
    alerts,
    spray,
    stock,
    draws,
    counts,
    transfers,
    drugrecords,
    board,
    closures,
    staff,
    calendars,
    daypacks,
):
    router.include_router(part.router)
