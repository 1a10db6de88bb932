"""Requests and answers about floor events: fire alarms and the like, their roll-call, and each chair after them."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.domain.appointment import State
from services.scheduling.domain.floor import ChairOutcome, FloorAction, FloorKind, PlaceFound
from services.scheduling.schemas.attestation import Attestation
from services.scheduling.schemas.leaving import LeftAs
from services.scheduling.schemas.requests import Request, Source
from shared.clinicfile.policies import Slug
from shared.http import Instant
from shared.http.examples import CLINIC, example, some_id


class FloorEventRequest(Request):
    """Something happens to a whole location: every running infusion stands or is ended, nothing is due meanwhile."""

    model_config = example({"clinic_id": str(CLINIC), "location": "main", "kind": "FIRE_ALARM", "action": "PAUSE"})

    clinic_id: UUID
    location: Slug
    kind: FloorKind
    action: FloorAction = FloorAction.PAUSE
    occurred_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF


class SettleChairRequest(Request):
    """How a chair goes on after a floor event. STOPPED ends the session; `disposition` says how the patient left."""

    model_config = example({"outcome": "RECOVERING"})

    outcome: ChairOutcome
    disposition: LeftAs | None = Field(None, description="with STOPPED, when the patient left through no discharge")
    attestation: Attestation | None = Field(None, description="with RESUMED, when intake was not heard lately")


class PlaceTold(Request):
    """What was found at a place."""

    place_id: UUID
    found: PlaceFound


class TellPlacesRequest(Request):
    """What was found where no session is on record; several places at once."""

    model_config = example({"places": [{"place_id": str(some_id("place")), "found": "EMPTY"}]})

    places: Annotated[tuple[PlaceTold, ...], Field(min_length=1, max_length=200)]
    occurred_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF


class ChairRequest(Request):
    """The chair of the location in which the patient sits from now on."""

    model_config = example({"chair": "chair-2"})

    chair: Slug


class RollCallLine(BaseModel):
    """A patient who was there when it began; mg and whole minutes by now. `outcome` null: the chair is not settled."""

    session_id: UUID
    appointment_id: UUID
    patient_id: UUID
    name: str | None = Field(description="preferred or legal name; null while the identity card is unknown")
    chair: str | None
    escort_name: str | None
    escort_phone: str | None
    phase: State = Field(description="when the event began")
    state: State = Field(description="now")
    version: int = Field(description="of the session, for the step that settles it")
    given_mg: Decimal | None
    minutes: int | None
    outcome: ChairOutcome | None
    settled_at: datetime | None


class RollCallPlace(BaseModel):
    """A place without a session: a chair, or who was expected in it or for a visit (`chair` null) and may be there.

    `found` null: nobody has told. `waits`: the event cannot end before it is told how that went on.
    """

    place_id: UUID
    chair: str | None
    appointment_id: UUID | None
    patient_id: UUID | None
    name: str | None = Field(description="preferred or legal name; null for nobody, or an unknown identity card")
    kind: str | None = Field(description="session, or the kind of visit")
    starts: Instant | None
    escort_name: str | None
    escort_phone: str | None
    found: PlaceFound | None = Field(
        description="more may come: show one that is not known by its name", json_schema_extra={"x-open": True}
    )
    told_at: datetime | None
    stopped_at: datetime | None = Field(description="when a dose that is not on record here was stopped")
    waits: bool


class FloorEventView(BaseModel):
    """A floor event with its roll-call. `unsettled` counts chairs and places that wait; it is ended when there is none.

    `unchecked` counts places of which nobody has told yet; those keep nobody from ending it.
    """

    floor_event_id: UUID
    version: int
    clinic_id: UUID
    location: str
    kind: FloorKind
    action: FloorAction
    source: str
    occurred: Instant
    recorded_at: datetime
    ended_at: datetime | None
    unsettled: int
    roll_call: list[RollCallLine]
    places: list[RollCallPlace] = []
    unchecked: int = 0
