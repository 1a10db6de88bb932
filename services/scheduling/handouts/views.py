"""Rows of what leaves the house, as answers."""

from services.scheduling.models import CalendarFeed, DayPack
from services.scheduling.schemas.handouts import DayPackState, DayPackView, FeedState, FeedView
from shared.http import instant

HOLDERS = ("frontdesk", "nurse", "clinician", "admin")
"""Who may ask for day packs and take them. What is in one only its readers see."""


def feed_view(row: CalendarFeed) -> FeedView:
    """A calendar, without its link, which nobody knows."""
    return FeedView(
        feed_id=row.id, clinic_id=row.clinic_id, version=row.version, state=FeedState(row.state),
        staff_id=row.staff_id, location=row.location, opened_at=row.opened_at, opened_by=row.opened_by,
        revoked_at=row.revoked_at,
    )  # fmt: skip


def day_pack_view(row: DayPack, zone: str) -> DayPackView:
    """A pack, without its content."""
    return DayPackView(
        pack_id=row.id, clinic_id=row.clinic_id, location=row.location, version=row.version,
        state=DayPackState(row.state), first_day=row.first_day, days=row.days, appointments=row.appointments,
        made=instant(row.made_at, zone), asked=row.due_at is None, made_by=row.made_by, removed_at=row.removed_at,
    )  # fmt: skip
