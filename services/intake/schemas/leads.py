"""The public way in: what a form asks, what was filled in, the receipt."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.intake.domain.leadform import NextStep
from services.intake.domain.safety import Crisis
from services.intake.domain.wordings import Channel, Purpose
from services.intake.schemas.fields import Line, Name, Note
from services.intake.schemas.forms import FormDocument
from services.intake.schemas.people import Reachable
from shared.http import Instant
from shared.http.examples import example


class LeadRequest(Reachable):
    """A public form: somebody asks to be contacted. What is asked beside the name stands in the clinic's form."""

    model_config = example(
        {
            "given_name": "Rowan",
            "family_name": "Hale",
            "phone": "(208) 555-0123",
            "preferred_time": "mornings",
            "consents": [{"channel": "SMS", "purpose": "CARE", "granted": True, "wording_version": "sms-care-1"}],
        }
    )

    given_name: Name
    family_name: Name
    preferred_time: Line | None = None
    location: Annotated[str, Field(max_length=40, description="id of a location of the form")] | None = None
    lines: dict[Annotated[str, Field(max_length=40)], bool] = Field({}, max_length=40, description="line id -> yes")
    message: Note | None = None

    @model_validator(mode="after")
    def _ways(self) -> Self:
        if self.phone is None and self.email is None:
            raise PydanticCustomError("phone_or_email_needed", "Send a phone number or an e-mail address.")
        return self.consented_ways()


class LeadView(BaseModel):
    """The receipt of a lead. `id` becomes the patient's id when the lead is registered. No decision about treatment."""

    id: UUID
    received_at: Instant
    next_step: NextStep
    message: str
    crisis: Crisis | None = None


class FormLineView(BaseModel):
    """A line to be answered with yes or no."""

    id: str
    text: str


class FormLocation(BaseModel):
    id: str
    name: str
    address: str
    phone: str


class FormMember(BaseModel):
    """Who works here."""

    name: str
    credentials: str | None
    role: str


class FormConsent(BaseModel):
    """A box to tick: send it back in `consents` with this version."""

    channel: Channel
    purpose: Purpose
    wording_version: str
    text: str


class FormView(BaseModel):
    """What a clinic's public form asks beside name, phone, e-mail and message.

    `web_lead`: nothing; `appointment_request`: preferred_time and location; `contact_lines`: every line, and a phone.
    """

    display_name: str
    kind: Literal["web_lead", "appointment_request", "contact_lines"]
    lines: tuple[FormLineView, ...]
    locations: tuple[FormLocation, ...]
    team: tuple[FormMember, ...]
    consents: tuple[FormConsent, ...]
    document: FormDocument | None = Field(None, description="the same as a form that frontends show, as all others")
