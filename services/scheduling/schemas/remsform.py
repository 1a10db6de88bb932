"""Filling in and sending the programme's monitoring form: asked for, and shown."""

from datetime import date, datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.remsanswers import FormStage, RemsAnswers, RemsContent
from services.scheduling.domain.remsform import FilledField, RemsField
from services.scheduling.schemas.requests import Request
from services.scheduling.schemas.spray import FormState
from shared.http.examples import example

_SAID = {"dissociation": True, "serious_adverse_event": False, "concomitant": ["BENZODIAZEPINE"]}


class FillFormRequest(RemsAnswers):
    """What the record does not say; what is left out stays as it was, null takes it back."""

    model_config = example(_SAID)

    @model_validator(mode="after")
    def _says_something(self) -> "FillFormRequest":
        if not self.model_fields_set:
            raise PydanticCustomError("nothing_said", "Say at least one thing for the form.")
        return self


class CorrectFormRequest(Request):
    """What was sent is wrong: a further version is, with today's record and these answers. The first one stays."""

    model_config = example({"reason": "LOT_CORRECTED", "answers": {"serious_adverse_event": True}})

    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="a code, such as LOT_CORRECTED")]
    answers: RemsAnswers = RemsAnswers()


class FormWay(StrEnum):
    """How a form reached the programme."""

    FAX = "FAX"
    MAIL = "MAIL"
    PORTAL = "PORTAL"


class SentFormRequest(Request):
    """The form was sent already, whatever it lacks here: what happened is recorded."""

    model_config = example({"way": "FAX", "sent_at": "2026-12-03T18:20:00Z"})

    way: FormWay
    sent_at: AwareDatetime | None = Field(None, description="now when left out")


class MissingField(BaseModel):
    """A starred field that is empty, and the acts (operation ids) that fill it in."""

    field: RemsField = Field(
        description="more fields may come: show one that is not known by its name", json_schema_extra={"x-open": True}
    )
    wording: str
    filled_by: list[str]


class RemsFormVersionView(BaseModel):
    """A form as it was sent. `way`: how, when it was not READY here or was sent past this."""

    number: int
    sent_at: datetime
    recorded_at: datetime
    recorded_by: str
    way: str | None
    content: RemsContent


class RemsFormDetailView(BaseModel):
    """The form as it stands: `fields` with where each value comes from, `missing` what keeps it from being READY.

    `changed`: fields that are others now than in the version that was sent last; they ask for a correction.
    """

    session_id: UUID
    patient_id: UUID
    version: int
    due_on: date
    state: FormState
    stage: FormStage
    submitted_at: datetime | None
    site: str | None = Field(description="number under which the site is certified")
    edition: int
    fields: list[FilledField]
    missing: list[MissingField]
    changed: list[RemsField]
    versions: list[RemsFormVersionView]
