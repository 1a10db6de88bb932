"""Calendars behind secret links: made, and revoked."""

from uuid import UUID

from services.scheduling import records
from services.scheduling.commands.staffing.members import ROSTERERS
from services.scheduling.handouts.views import feed_view
from services.scheduling.models import CalendarFeed
from services.scheduling.planning.ground import invalid, location_of
from services.scheduling.schemas.handouts import FeedRequest, FeedView, OpenedFeedView
from shared.auth.link import digest, new_link_token
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_role, require_version
from shared.ids import new_id
from shared.problems import CONFLICT


async def open_feed(uow: UnitOfWork, request: FeedRequest) -> OpenedFeedView:
    """Make a link to a calendar. The answer alone shows it; kept is its digest.

    Raises NOT_FOUND, FORBIDDEN, NO_CLINIC_FILE, INVALID_REQUEST (unknown location, somebody of another clinic or who
    left).
    """
    require_role(uow, request.clinic_id, *ROSTERERS)
    file = (await active_clinic(uow, request.clinic_id)).file
    if request.staff_id is not None:
        await _require_here(uow, request.staff_id, request.clinic_id)
    else:
        location_of(file, request.location or "")
    secret = new_link_token()
    feed = CalendarFeed(
        id=new_id(), organisation_id=uow.organisation_id, clinic_id=request.clinic_id, staff_id=request.staff_id,
        location=request.location, digest=digest(secret), opened_at=uow.now, opened_by=uow.caller.subject,
    )  # fmt: skip
    uow.session.add(feed)
    await uow.audit("create", "calendar_feed", feed.id, clinic_id=feed.clinic_id, version=feed.version)
    path = f"{uow.service.settings.root_path}/v1/public/{file.organisation}/calendars/{secret}"
    return OpenedFeedView(**feed_view(feed).model_dump(), path=path)


async def revoke_feed(uow: UnitOfWork, feed_id: UUID, expected_version: int) -> FeedView:
    """The link leads nowhere from now on. Raises NOT_FOUND, FORBIDDEN, STALE_VERSION, CONFLICT when it was revoked."""
    feed = await records.find(uow, CalendarFeed, feed_id, lock=True)
    require_role(uow, feed.clinic_id, *ROSTERERS)
    require_version(feed.version, expected_version)
    if feed.state != "ACTIVE":
        raise CONFLICT(params={"state": feed.state})
    feed.state, feed.version = "REVOKED", feed.version + 1
    feed.revoked_at, feed.revoked_by = uow.now, uow.caller.subject
    await uow.audit("update", "calendar_feed", feed.id, clinic_id=feed.clinic_id, version=feed.version)
    return feed_view(feed)


async def _require_here(uow: UnitOfWork, staff_id: UUID, clinic_id: UUID) -> None:
    person = await records.staff_member(uow, staff_id)
    if person.clinic_id != clinic_id:
        raise invalid("/staff_id", "OF_ANOTHER_CLINIC")
    if person.state != "ACTIVE":
        raise invalid("/staff_id", "HAS_LEFT")
