"""Patients, contact consent, login, search."""

from datetime import date
from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from services.intake.domain.matching import Sign
from services.intake.domain.person import ExternalId, Person
from services.intake.domain.wordings import Channel, Purpose
from services.intake.schemas.fields import (
    BirthDate,
    ClientId,
    Code,
    Email,
    Language,
    Line,
    Name,
    Phone,
    Request,
    Sex,
)
from shared.events.parts import Address, SeatNeed
from shared.http import Instant
from shared.http.examples import example


def _purpose(given: object) -> object:
    """The message classes of domain E.1 by the ledger's names."""
    return {"FIN": "PAYMENT", "MKT": "MARKETING"}.get(given, given) if isinstance(given, str) else given


class ConsentAct(Request):
    """One act of contact consent: whether messages of a purpose may go over a channel, and the text that was shown."""

    channel: Channel
    purpose: Annotated[Purpose, BeforeValidator(_purpose), Field(description="FIN and MKT are read as well (E.1)")]
    granted: bool
    wording_version: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$", description="the text that was shown")]


class Reachable(Request):
    """How somebody is reached, if at all, and what they said about being contacted."""

    phone: Phone | None = None
    email: Email | None = None
    consents: tuple[ConsentAct, ...] = Field((), max_length=10)

    @model_validator(mode="after")
    def _ways(self) -> Self:
        return self.consented_ways()

    def consented_ways(self) -> Self:
        """Contact by a channel is allowed only with something to contact."""
        reached = {"SMS": self.phone, "VOICE": self.phone, "EMAIL": self.email}
        if any(act.granted and reached[act.channel] is None for act in self.consents):
            raise PydanticCustomError("contact_point_needed", "Send the phone or e-mail that the consent is about.")
        return self


class AddressRequest(Request):
    line: Line
    city: Line
    state: Annotated[str, Field(pattern=r"^[A-Z]{2}$", description="two-letter code")]
    postal_code: Annotated[str, Field(pattern=r"^\d{5}(-\d{4})?$")]

    def part(self) -> Address:
        return Address(line=self.line, city=self.city, state=self.state, postal_code=self.postal_code)


class ExternalIdRequest(Request):
    """How another system, such as the record system, calls the patient."""

    system: Code
    value: Annotated[str, Field(pattern=r"^[!-~]{1,100}$")]


class PersonRequest(Reachable):
    """Who somebody is. Without phone and e-mail there is nowhere to send a message to; that is allowed."""

    legal_given_name: Name
    legal_family_name: Name
    preferred_name: Name | None = None
    birth_date: BirthDate
    sex_at_birth: Sex
    address: AddressRequest | None = None
    language: Language = "en"
    allergies: tuple[Line, ...] = Field((), max_length=50)
    interpreter: bool = Field(False, description="an interpreter for `language` is needed")
    access_needs: tuple[Line, ...] = Field((), max_length=20, description="such as a wheelchair or a hearing loop")
    seat_needs: Annotated[tuple[SeatNeed, ...], Field(max_length=len(SeatNeed))] | None = Field(
        None, description="what of the access needs concerns the chair of a treatment; none of it: an empty list."
        " Left out, nobody has said: with access needs of other words than these no session is booked",
    )  # fmt: skip
    external_ids: tuple[ExternalIdRequest, ...] = Field((), max_length=20)

    @field_validator("external_ids")
    @classmethod
    def _one_of_each(cls, ids: tuple[ExternalIdRequest, ...]) -> tuple[ExternalIdRequest, ...]:
        if len({one.system for one in ids}) < len(ids):
            raise PydanticCustomError("system_twice", "Name each system once.")
        return ids

    def person(self, record_number: str) -> Person:
        return Person(
            given_name=self.legal_given_name,
            family_name=self.legal_family_name,
            preferred_name=self.preferred_name,
            birth_date=self.birth_date,
            sex_at_birth=self.sex_at_birth,
            record_number=record_number,
            address=self.address.part() if self.address else None,
            language=self.language,
            allergies=self.allergies,
            interpreter=self.interpreter,
            access_needs=self.access_needs,
            seat_needs=self.seat_needs,
            external_ids=tuple(ExternalId(system=one.system, value=one.value) for one in self.external_ids),
        )


class ChangeRequest(PersonRequest):
    """Everything about who a patient is and how the patient is reached, as it is from now on."""

    model_config = example(
        {
            "legal_given_name": "Rowan",
            "legal_family_name": "Hale",
            "birth_date": "1986-03-14",
            "sex_at_birth": "female",
            "phone": "+12085550124",
            "allergies": ["penicillin", "latex"],
        }
    )


class ContactConsentsRequest(Request):
    """Acts of contact consent as they happened now."""

    model_config = example(
        {"consents": [{"channel": "SMS", "purpose": "CARE", "granted": False, "wording_version": "sms-care-1"}]}
    )

    consents: tuple[ConsentAct, ...] = Field(min_length=1, max_length=10)


class RegisterRequest(PersonRequest):
    """A person becomes a patient. Give `lead_id`, or an id of your own making (UUIDv7), or neither."""

    model_config = example(
        {
            "clinic_id": "5f0d6a3e-7d1b-5c4e-9a57-2f6a1f0c9b11",
            "legal_given_name": "Rowan",
            "legal_family_name": "Hale",
            "birth_date": "1986-03-14",
            "sex_at_birth": "female",
            "phone": "+12085550123",
            "allergies": ["penicillin"],
        }
    )

    lead_id: UUID | None = None
    patient_id: ClientId | None = None
    clinic_id: UUID

    @model_validator(mode="after")
    def _one_id(self) -> Self:
        if self.lead_id is not None and self.patient_id is not None:
            raise PydanticCustomError("lead_or_patient_id", "Send lead_id or patient_id, not both.")
        return self


class LoginLinkView(BaseModel):
    """A link that logs a patient in once. It is shown here only; the clinic cannot show it again."""

    url: str
    expires_at: Instant


class PatientView(BaseModel):
    """Who a patient is and how the patient is reached."""

    id: UUID
    version: int
    clinic_id: UUID
    record_number: str
    legal_given_name: str
    legal_family_name: str
    preferred_name: str | None
    birth_date: date
    sex_at_birth: str
    address: Address | None
    phone: str | None
    email: str | None
    language: str
    allergies: tuple[str, ...]
    interpreter: bool
    access_needs: tuple[str, ...]
    seat_needs: tuple[SeatNeed, ...] | None
    external_ids: tuple[ExternalId, ...]
    registered_at: Instant
    merged_into: UUID | None = Field(None, description="the record that took this one in; new things belong there")


class LikePatient(BaseModel):
    """Another patient who may be the same person, and why: points for each sign, 100 at most in all.

    `name_alert`: the same legal name and birth date; where it matters who is who, ask for a third identifier.
    """

    id: UUID
    record_number: str
    score: int
    points: dict[Sign, int]
    name_alert: bool


class LikePatients(BaseModel):
    """The likeliest first, five at most. Nothing is merged by itself."""

    items: tuple[LikePatient, ...]


class ExportView(BaseModel):
    """A copy of all that intake holds about a patient: rows by table, their sealed columns opened. PHI throughout."""

    patient_id: UUID
    exported_at: Instant
    records: dict[str, list[dict[str, Any]]]


class RegisteredView(PatientView):
    """The new patient; `possible_duplicates` are shown to staff before they go on, five at most."""

    login_link: LoginLinkView
    possible_duplicates: tuple[LikePatient, ...] = ()


class LoginRequest(Request):
    """The secret part of a login link."""

    model_config = example({"token": "q0S4b7x5c1mJpX0n3f2Zk9w8v7u6t5s4r3q2p1o0n9m"})

    token: Annotated[str, Field(min_length=20, max_length=200)]


class TokenView(BaseModel):
    """A token of a patient, or of a proxy: send it as `Authorization: Bearer`. It reaches this patient only."""

    access_token: str
    token_type: Literal["Bearer"] = "Bearer"  # noqa: S105 - the name of a scheme, not a secret
    expires_in: int = Field(description="seconds")
    patient_id: UUID
    proxy_id: UUID | None = None


class SearchRequest(Request):
    """What is known of somebody. A name is found by its beginning and its sound; a birth date needs a name beside."""

    model_config = example({"name": "Hale", "birth_date": "1986-03-14"})

    name: Name | None = Field(None, description="given, family or preferred names, or their first letters")
    phone: Phone | None = None
    email: Email | None = None
    birth_date: BirthDate | None = None

    @model_validator(mode="after")
    def _something(self) -> Self:
        if not (self.phone or self.email or self.name):
            raise PydanticCustomError("nothing_to_search", "Send a phone, an e-mail or a name.")
        return self


class Match(BaseModel):
    """A patient who may be meant; `score` is 0 to 100, higher is nearer."""

    id: UUID
    record_number: str
    legal_given_name: str
    legal_family_name: str
    preferred_name: str | None
    birth_date: date
    score: int


class SearchView(BaseModel):
    """Best matches first. `more` says that there were more candidates than are looked at: ask more precisely."""

    matches: tuple[Match, ...]
    more: bool
