"""What leaves the house for those who work there, as a part of a clinic file: calendars, packs for a day on paper."""

from datetime import time
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.clinicfile.policies import FilePart
from shared.parcel import PUBLIC_KEY, require_public_key


class CalendarPolicy(FilePart):
    """Calendar feeds: whoever holds the link reads them, so patients are not named unless the clinic wants it."""

    patient_names: Literal["NONE", "INITIALS", "PREFERRED", "LEGAL"] = Field(
        "NONE", description="in feeds of locations; PREFERRED: as on the chair board; LEGAL: the whole legal name"
    )
    past_days: Annotated[int, Field(ge=0, le=366, description="how far a feed looks back")] = 30
    future_days: Annotated[int, Field(ge=1, le=400, description="how far it looks ahead")] = 180


Reader = Annotated[str, Field(pattern=PUBLIC_KEY), AfterValidator(require_public_key)]


class DayPackPolicy(FilePart):
    """What a location needs for a day on paper, as a sealed file. Without `readers`, who open it, none is made."""

    readers: tuple[Reader, ...] = Field(
        (), max_length=10, description="public keys of those who may open it, made with `stillwater daypack key`"
    )
    times: Annotated[tuple[time, ...], Field(min_length=1, max_length=24)] = Field(
        (time(6), time(15)), description="local times at which one is made for each location"
    )
    days: Annotated[int, Field(ge=1, le=7, description="local days in it, that of its making included")] = 2
    keep_days: Annotated[int, Field(ge=1, le=90, description="then its content is removed here")] = 3
