"""An instant as answers show it: UTC beside the zone, the local time and the local date there."""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field


class Instant(BaseModel):
    """A moment, and what the clock and the calendar on the wall show at it."""

    model_config = ConfigDict(frozen=True)

    utc: datetime = Field(description="RFC 3339, UTC")
    zone: str = Field(description="IANA zone, as America/Boise")
    local_time: time = Field(description="wall time in the zone, to the second")
    local_date: date = Field(description="date in the zone")


def instant(moment: datetime, zone: str) -> Instant:
    """`moment` (with an offset) as seen in `zone`. Raises ValueError for a moment without offset."""
    if moment.tzinfo is None:
        raise ValueError("a moment needs an offset")
    local = moment.astimezone(ZoneInfo(zone))
    return Instant(
        utc=moment.astimezone(UTC), zone=zone, local_time=local.time().replace(microsecond=0), local_date=local.date()
    )
