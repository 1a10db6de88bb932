"""Routes of calendars behind secret links."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import APIRouter, Depends, Header, Path, Response
from pydantic.json_schema import SkipJsonSchema

from services.scheduling import commands, queries
from services.scheduling.api.access import CHANGE
from services.scheduling.schemas.handouts import FeedRequest, FeedView, OpenedFeedView
from shared.clinicfile.store import NO_CLINIC_FILE
from shared.http import Acting, Page, Pages, Reading, acting, problems, public_reading, reading
from shared.http.paging import CURSOR_INVALID

router = APIRouter(tags=["staff"])
Keeper = Annotated[Acting, Depends(acting("admin"))]
Organisation = Annotated[str, Path(examples=["wellmeadow"], description="name in the clinic file")]
Secret = Annotated[
    str,
    Path(pattern=r"^[A-Za-z0-9_-]{43}$", examples=["Zm9yLW9uZS1wYWlyLW9mLWV5ZXMtb25seS1zdGlsbHc"],
         description="of the link"),
]  # fmt: skip
IfNoneMatch = Annotated[
    str | SkipJsonSchema[None],
    Header(
        alias="If-None-Match", description="ETags that were read.", examples=['W/"5d41402abc4b2a76b9719d911017c592"']
    ),
]
_MEDIA = "text/calendar; charset=utf-8"
_SHOWN = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Stillwater//Scheduling//EN\r\nEND:VCALENDAR\r\n"
_CALENDAR: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "The calendar (RFC 5545)",
        "content": {"text/calendar": {"schema": {"type": "string"}, "examples": {"empty": {"value": _SHOWN}}}},
    },
    304: {"description": "Nothing has changed since"},
}


@router.post(
    "/v1/calendar-feeds", operation_id="openCalendarFeed", status_code=201, response_model=OpenedFeedView,
    responses=problems(NO_CLINIC_FILE),
)  # fmt: skip
async def open_feed(body: FeedRequest, act: Keeper) -> Response:
    """Make a secret link to a calendar, shown only here: of somebody's shifts, or of a location's appointments."""
    return await act.run(lambda uow: commands.open_feed(uow, body), status=201)


@router.post(
    "/v1/calendar-feeds/{feed_id}/revoke", operation_id="revokeCalendarFeed", response_model=FeedView,
    responses=problems(*CHANGE),
)  # fmt: skip
async def revoke_feed(feed_id: UUID, act: Keeper) -> Response:
    """The link leads nowhere from now on. Needs If-Match."""
    version = act.expected_version
    return await act.run(lambda uow: commands.revoke_feed(uow, feed_id, version))


@router.get(
    "/v1/calendar-feeds", operation_id="listCalendarFeeds", response_model=Page[FeedView],
    responses=problems(CURSOR_INVALID),
)  # fmt: skip
async def list_feeds(clinic_id: UUID, paging: Pages, read: Annotated[Reading, Depends(reading("admin"))]) -> Response:
    """Which calendars of a clinic are out, without their links."""
    return await read.run(lambda uow: queries.list_feeds(uow, clinic_id, paging))


@router.get(
    "/v1/public/{organisation}/calendars/{secret}", operation_id="readCalendar", response_class=Response,
    responses=problems(NO_CLINIC_FILE) | _CALENDAR,
)  # fmt: skip
async def read_calendar(
    organisation: Organisation, secret: Secret, known: IfNoneMatch = None,
    read: Reading = Depends(public_reading("120/minute")),
) -> Response:  # fmt: skip
    """A calendar for a calendar program. Times are UTC; what was cancelled stays, marked so."""
    told = await read.look(lambda uow: queries.read_calendar(uow, secret, _tags(known)))
    headers = {"ETag": told.etag, "Cache-Control": "no-store" if told.names_patients else "private, no-cache"}
    if told.text is None:
        return Response(status_code=304, headers=headers)
    return Response(told.text, headers=headers, media_type=_MEDIA)


def _tags(known: str | None) -> list[str]:
    """Compared weakly (RFC 9110): proxies mark a strong tag as weak and some clients the other way round."""
    return [f"W/{tag.strip().removeprefix('W/')}" for tag in (known or "").split(",")]
