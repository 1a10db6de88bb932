"""Requests about controlled substances. Milligrams are decimals with at most three places."""

from decimal import Decimal
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, AwareDatetime, Field, SecretStr, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.domain.stock import Form
from services.scheduling.schemas.requests import LocalDay, Request
from shared.clinicfile.policies import Slug
from shared.http.examples import CLINIC, example, some_id


def _digits(pin: SecretStr) -> SecretStr:
    if not pin.get_secret_value().isascii() or not pin.get_secret_value().isdigit():
        raise PydanticCustomError("digits_only", "A PIN has digits only.")
    return pin


_MOST_MG = 1_000_000
Mg = Annotated[Decimal, Field(gt=0, le=_MOST_MG, max_digits=12, decimal_places=3)]
Name = Annotated[
    str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$", description="one line of text")
]
Subject = Annotated[str, Field(pattern=r"^[\x21-\x7e]{1,200}$", description="as it stands in the token")]
Number = Annotated[str, Field(pattern=r"^[A-Z0-9][A-Z0-9 /-]{1,39}$", description="capitals, digits, space, / and -")]
Pin = Annotated[SecretStr, Field(min_length=6, max_length=12, description="6 to 12 digits"), AfterValidator(_digits)]
When = Annotated[AwareDatetime | None, Field(description="when it happened; now when left out")]
WITNESS = {"subject": "nurse-2", "pin": "402917"}


class PinRequest(Request):
    """The own PIN, by which one witnesses what others do; it replaces an earlier one."""

    model_config = example({"pin": "402917"})

    pin: Pin


class RevokePinRequest(Request):
    """Somebody witnesses no more, until a PIN is set anew."""

    model_config = example({"clinic_id": str(CLINIC), "subject": "nurse-2"})

    clinic_id: UUID
    subject: Subject


class Witness(Request):
    """The second person: another staff member, known by an own PIN."""

    subject: Subject
    pin: Pin


class Witnessed(Request):
    """What a second person sees; `policy` of the clinic says whether one is needed."""

    witness: Witness | None = None


class RegistrationRequest(Request):
    """A registration under which controlled substances are kept at a location (domain H.4)."""

    model_config = example(
        {
            "clinic_id": str(CLINIC), "location": "main", "number": "FK1234563", "holder": "Larkspur Clinic",
            "address": "418 Sagebrush Court, Boise, ID 83702", "expires_on": "2028-08-31",
        }
    )  # fmt: skip

    clinic_id: UUID
    location: Slug
    number: Number
    holder: Name
    address: Name
    expires_on: LocalDay


class RenewRequest(Request):
    """A registration holds on until another day."""

    model_config = example({"expires_on": "2031-08-31"})

    expires_on: LocalDay


class ReceiveRequest(Witnessed):
    """Containers of one lot that arrived. A vial has mg/mL and mL, a device its mg; `document` is invoice or form."""

    model_config = example(
        {
            "registration_id": str(some_id("registration")), "substance": "ketamine", "lot": "KT2409A", "form": "VIAL",
            "mg_per_ml": "50", "container_ml": "10", "multi_dose": True, "containers": 10, "expires_on": "2028-02-29",
            "supplier": "Cascade Medical Supply", "document": "INV-88120", "witness": WITNESS,
        }
    )  # fmt: skip

    registration_id: UUID
    substance: Slug
    lot: Number
    form: Form
    mg_per_ml: Mg | None = None
    container_ml: Mg | None = Field(None, description="mL in a vial")
    device_mg: Mg | None = Field(None, description="mg in a device")
    multi_dose: bool = Field(False, description="a vial that may be drawn from more than once")
    containers: Annotated[int, Field(ge=1, le=100)]
    expires_on: LocalDay
    supplier: Name
    document: Number
    occurred_at: When = None

    @model_validator(mode="after")
    def _measured(self) -> "ReceiveRequest":
        vial = self.mg_per_ml is not None and self.container_ml is not None and self.device_mg is None
        device = self.device_mg is not None and self.mg_per_ml is None and self.container_ml is None
        if not (vial if self.form is Form.VIAL else device and not self.multi_dose):
            raise PydanticCustomError("contents_missing", "A vial has mg_per_ml and container_ml, a device device_mg.")
        if not 0 < self.container_mg <= _MOST_MG:
            raise PydanticCustomError("contents_impossible", "A container holds 0.001 to 1,000,000 mg.")
        return self

    @property
    def container_mg(self) -> Decimal:
        """What one container holds."""
        if self.device_mg is not None:
            return self.device_mg
        return ((self.mg_per_ml or Decimal(0)) * (self.container_ml or Decimal(0))).quantize(Decimal("0.001"))


class RecallRequest(Request):
    """The manufacturer recalled a lot: nothing of it is drawn from now on, at any clinic of the organisation."""

    model_config = example({"reference": "D-0417-2026"})

    reference: Number


class DrawRequest(Witnessed):
    """mg that are drawn from a container for a session; a second person where the clinic asks for one (DRAW)."""

    model_config = example({"session_id": str(some_id("session")), "mg": "40"})

    session_id: UUID
    mg: Mg
    order_id: UUID | None = Field(
        None,
        description="the order that it is prepared by; refused when it is not the newest, which counts when left out",
    )
    occurred_at: When = None


class AdministerRequest(Request):
    """mg of a draw that the patient got."""

    model_config = example({"mg": "35"})

    mg: Mg
    occurred_at: When = None


class WasteRequest(Witnessed):
    """mg of a draw, or of what is left in a container, that were destroyed before a second person, and how."""

    model_config = example({"mg": "5", "method": "DRUG_BUSTER", "witness": WITNESS})

    mg: Mg
    method: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="a code, such as DRUG_BUSTER")]
    occurred_at: When = None


class ReverseRequest(Witnessed):
    """A movement was recorded wrongly: it is undone by one the other way round; the right one is recorded anew."""

    model_config = example({"reason": "WRONG_AMOUNT", "witness": WITNESS})

    reason: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_]{1,39}$", description="a code, such as WRONG_AMOUNT")]
