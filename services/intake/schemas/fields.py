"""Field types that requests share. Refusals name what is wrong, never the value that was sent."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal
from uuid import UUID

import phonenumbers
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints
from pydantic_core import PydanticCustomError

from services.intake.domain.printable import is_printable


class Request(BaseModel):
    """A request body: unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _e164(text: str) -> str:
    """The number in E.164; without a country code it is read as one of the United States."""
    try:
        number = phonenumbers.parse(text, "US")
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_valid_number(number):
        raise PydanticCustomError(
            "phone_not_valid", "Give a phone number that can be called, with its country code if it is not in the US."
        )
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _uuid7(value: UUID) -> UUID:
    if value.version != 7:
        raise PydanticCustomError("uuid7_needed", "Send a UUID of version 7.")
    return value


def _born(day: date) -> date:
    """A lower bound only: what "today" is depends on the clinic's zone, so the command checks the upper one."""
    if day.year < 1900:
        raise PydanticCustomError("birth_date_too_early", "Send a date of birth from 1900 on.")
    return day


def _printable(text: str) -> str:
    if not is_printable(text) or not any(character.isprintable() for character in text):
        raise PydanticCustomError("not_printable", "Leave out line breaks and control characters.")
    return text


Name = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100), AfterValidator(_printable)
]
Line = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable)
]
Note = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4000)]
Code = Annotated[str, StringConstraints(pattern=r"^[A-Z][A-Z0-9_]{1,39}$")]
Staff = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(_printable),
    Field(description="subject of a staff member, as `GET /v1/me` tells it"),
]  # fmt: skip
Phone = Annotated[str, StringConstraints(max_length=40), AfterValidator(_e164), Field(examples=["+12085550123"])]
Email = Annotated[
    str, StringConstraints(strip_whitespace=True, max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$")
]
Language = Annotated[str, StringConstraints(pattern=r"^[a-z]{2}(-[A-Z]{2})?$")]
FilledIn = Annotated[
    Language | None, Field(description="language in which an instrument was shown; by default the form's first")
]
BirthDate = Annotated[date, AfterValidator(_born)]
Difficulty = Annotated[
    Annotated[int, Field(ge=0, le=3)] | None,
    Field(description="PHQ-9 and GAD-7: how difficult it made daily life, 0 not at all ... 3 extremely; unscored"),
]
CareClinic = Annotated[UUID | None, Field(description="where care happens, when it is not the patient's own clinic")]
ClientId = Annotated[UUID, AfterValidator(_uuid7)]
Sex = Literal["female", "male", "other", "unknown"]
Moment = Annotated[AwareDatetime, Field(description="RFC 3339 with an offset")]
Milligrams = Annotated[Decimal, Field(gt=0, le=100, decimal_places=4)]
