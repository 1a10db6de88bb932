"""Who a patient is, as intake keeps it (sealed at rest) and as it tells others."""

from collections.abc import Iterable
from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.clinicfile.lint import folded
from shared.events.parts import Address, Contact, ContactConsent, ContactRecord, Identity, SeatNeed


class ExternalId(BaseModel):
    """How another system calls the patient."""

    model_config = ConfigDict(frozen=True)

    system: str
    value: str


class Person(BaseModel):
    """Legal name and preferred name are different things; the record number is unique in the organisation.

    `interpreter`: one for `language` is needed. `access_needs`, such as a wheelchair, in the patient's words;
    `seat_needs`: what of them concerns the chair of a treatment, None while nobody has said.
    """

    model_config = ConfigDict(frozen=True)

    given_name: str
    family_name: str
    preferred_name: str | None = None
    birth_date: date
    sex_at_birth: str
    record_number: str
    address: Address | None = None
    language: str = "en"
    allergies: tuple[str, ...] = ()
    interpreter: bool = False
    access_needs: tuple[str, ...] = ()
    seat_needs: tuple[SeatNeed, ...] | None = None
    external_ids: tuple[ExternalId, ...] = ()

    def identity(self) -> Identity:
        """What the other services hear of a person."""
        return Identity(
            legal_name=f"{self.given_name} {self.family_name}",
            preferred_name=self.preferred_name,
            birth_date=self.birth_date,
            sex_at_birth=self.sex_at_birth,
            record_number=self.record_number,
            address=self.address,
            language=self.language,
            allergies=self.allergies,
            interpreter=self.interpreter,
            access_needs=self.access_needs,
            seat_needs=self.seat_needs,
        )

    def contact(self, phone: str | None, email: str | None, zone: str) -> Contact:
        """How the person is reached, addressed by the preferred name if there is one."""
        name = self.preferred_name or self.given_name
        return Contact(given_name=name, phone=phone, email=email, language=self.language, zone=zone)


class LeadForm(BaseModel):
    """What somebody wrote into a public form; `lines` are the answers by line id."""

    model_config = ConfigDict(frozen=True)

    given_name: str
    family_name: str
    phone: str | None = None
    email: str | None = None
    preferred_time: str | None = None
    location: str | None = None
    lines: dict[str, bool] = {}
    message: str | None = None
    consents: tuple[ContactConsent, ...] = ()

    def record(self) -> ContactRecord:
        contact = Contact(given_name=self.given_name, phone=self.phone, email=self.email)
        return ContactRecord(contact=contact, consents=self.consents)


def record_number(count: int) -> str:
    """The text of a record number: at least six digits, so that numbers sort as they were given."""
    return f"{count:06d}"


KETAMINE = ("ketamin", "ketalar", "ketanest", "spravato", "benzethonium", "edetate", "edta")
"""What ketamine and esketamine are called, and what beside acid, lye and water is in them by their labels."""


def names_ketamine(allergies: Iterable[str]) -> bool:
    """Whether a list of allergies names ketamine, esketamine or an excipient (SCR-010), however it is written."""
    return any(name in folded(allergy) for allergy in allergies for name in KETAMINE)
