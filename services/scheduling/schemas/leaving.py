"""How a session ends for the patient: asked for, and shown."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, Field

from services.scheduling.domain.leaving import Disposition
from services.scheduling.schemas.requests import Request, Source
from shared.http.examples import example

LeftAs = Literal[Disposition.AGAINST_ADVICE, Disposition.LEFT_UNSEEN, Disposition.EMS, Disposition.DIED]


class AbortReason(StrEnum):
    """Kept sealed."""

    ADVERSE_EVENT = "ADVERSE_EVENT"
    PATIENT_WISH = "PATIENT_WISH"
    LEFT_AGAINST_ADVICE = "LEFT_AGAINST_ADVICE"
    EQUIPMENT = "EQUIPMENT"
    CLINICAL_DECISION = "CLINICAL_DECISION"
    FLOOR_EVENT = "FLOOR_EVENT"


class AbortRequest(Request):
    """The session ends early. `dose_mg` and `minutes` say what ran; left out, they follow from rate and time."""

    model_config = example({"reason": "PATIENT_WISH", "dose_mg": 18, "minutes": 20})

    reason: AbortReason
    disposition: LeftAs | None = Field(None, description="how the patient left, when not through a discharge")
    aborted_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF
    dose_mg: Annotated[int, Field(ge=0, le=2000, description="mg")] | None = None
    minutes: Annotated[int, Field(ge=0, le=1440, description="minutes")] | None = None


Points = Annotated[int, Field(ge=0, le=2)]


class AldreteAnswers(Request):
    """The three Aldrete domains that staff judge (domain B.6); circulation and oxygen follow from the vitals."""

    activity: Points | None = None
    respiration: Points | None = None
    consciousness: Points | None = None


class OverrideRequest(Request):
    """A prescriber answers for one criterion that is unmet or unknown. Kept sealed."""

    model_config = example({"criterion": "NO_ESCORT", "reason": "Her brother waits in the car."})

    criterion: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="its code in the refusal")]
    reason: Annotated[str, Field(min_length=3, max_length=500)]


class DischargeRequest(Request):
    """Answers at the door (domain C.5). What is left out is unknown, and unknown refuses.

    A nasal spray asks for escort, instructions, suicide concern and the last two alone.
    """

    model_config = example(
        {
            "aldrete": {"activity": 2, "respiration": 2, "consciousness": 2}, "gait_steady": True,
            "nausea_controlled": True, "iv_out": True, "escort_present": True, "instructions_given": True,
            "new_suicide_concern": False,
        }
    )  # fmt: skip

    discharged_at: AwareDatetime | None = Field(None, description="now when left out")
    source: Source = Source.STAFF
    aldrete: AldreteAnswers = AldreteAnswers()
    gait_steady: bool | None = None
    nausea_controlled: bool | None = None
    iv_out: bool | None = None
    escort_present: bool | None = Field(None, description="the escort is here in person")
    instructions_given: bool | None = Field(None, description="written, with crisis numbers")
    new_suicide_concern: bool | None = None
    pressure_acceptable: bool | None = Field(None, description="nasal spray: judged by the nurse or clinician")
    dissociation_resolved: bool | None = Field(None, description="nasal spray: judged, when CADSS was not scored")
    overrides: tuple[OverrideRequest, ...] = Field((), max_length=20, description="a clinician's, for unmet criteria")


class Override(BaseModel):
    """A criterion that a prescriber answered for."""

    criterion: str
    reason: str
    by: str = Field(description="subject of the prescriber")


class LeavingView(BaseModel):
    """How the patient left and what was overridden. Kept sealed with the session."""

    disposition: Disposition
    overridden: list[Override] = []
