"""What answers about calendars and day packs look like, shown in the OpenAPI document."""

from datetime import date, datetime

from services.scheduling.domain.daypack import DayPackAbout
from services.scheduling.schemas.handouts import DayPackState, DayPackView, FeedState, FeedView, OpenedFeedView
from shared.http.examples import CLINIC, at, some_id
from shared.parcel import Parcel

_FEED = {
    "feed_id": some_id("calendar feed"), "clinic_id": CLINIC, "version": 1, "state": FeedState.ACTIVE,
    "staff_id": some_id("staff member"), "location": None, "opened_at": datetime.fromisoformat("2026-11-26T17:04:00Z"),
    "opened_by": "admin-1", "revoked_at": None,
}  # fmt: skip
_PATH = "/scheduling/v1/public/wellmeadow/calendars/Zm9yLW9uZS1wYWlyLW9mLWV5ZXMtb25seS1zdGlsbHc"
_ABOUT = DayPackAbout(
    clinic="wellmeadow/larkspur", location="main", first_day=date(2026, 11, 30), days=2,
    made_at=datetime.fromisoformat("2026-11-30T13:00:02Z"),
)  # fmt: skip

HANDOUT_EXAMPLES = (
    FeedView(**_FEED), OpenedFeedView(**_FEED, path=_PATH),
    DayPackView(
        pack_id=some_id("day pack"), clinic_id=CLINIC, location="main", version=1, state=DayPackState.KEPT,
        first_day=date(2026, 11, 30), days=2, appointments=11, made=at("2026-11-30T06:00:02-07:00"), asked=False,
        made_by="scheduling", removed_at=None,
    ),
    Parcel(
        about=_ABOUT.model_dump_json(), keys={"8c1f0b5ad2734e69": "pZk0J3uEo1Yb5mWcRr2cVw=="},
        content="q83vASNFZ4mrze8BI0VniavN7wEjRWeJ",
    ),
)  # fmt: skip
