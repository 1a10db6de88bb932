"""Requests and answers about what leaves a cabinet for elsewhere: transfers, returns, reverse distribution."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field, model_validator
from pydantic_core import PydanticCustomError

from services.scheduling.schemas.stock import WITNESS, Name, Number, When, Witness, Witnessed
from shared.http.examples import example, some_id

Vials = Annotated[tuple[UUID, ...], Field(min_length=1, max_length=100)]


class TransferRequest(Witnessed):
    """Sealed containers leave for another registration of the organisation, under an invoice."""

    model_config = example(
        {
            "to_registration_id": str(some_id("other registration")), "vial_ids": [str(some_id("vial"))],
            "document": "TR-0007", "witness": WITNESS,
        }
    )  # fmt: skip

    to_registration_id: UUID
    vial_ids: Vials
    document: Number
    occurred_at: When = None


class ArrivalRequest(Witnessed):
    """Containers of a transfer arrived: at its destination, or back where they came from (`back`)."""

    model_config = example({"vial_ids": [str(some_id("vial"))], "witness": WITNESS})

    vial_ids: Vials
    back: bool = False
    occurred_at: When = None


class WayOut(StrEnum):
    """RETURN: to the supplier. REVERSE_DISTRIBUTE: expired stock, to a distributor or destroyed (Form 41)."""

    RETURN = "RETURN"
    REVERSE_DISTRIBUTE = "REVERSE_DISTRIBUTE"


class SendOutRequest(Witnessed):
    """All that is left in a container goes back to the supplier or to a reverse distributor, or is destroyed.

    Destruction has two witnesses.
    """

    model_config = example(
        {
            "way": "REVERSE_DISTRIBUTE", "recipient": "Basin Reverse Logistics", "document": "F41-2026-003",
            "witness": WITNESS,
        }
    )  # fmt: skip

    way: WayOut
    recipient: Name
    document: Number
    destroyed: bool = False
    second_witness: Witness | None = None
    occurred_at: When = None

    @model_validator(mode="after")
    def _two(self) -> "SendOutRequest":
        if self.destroyed and (self.witness is None or self.second_witness is None):
            raise PydanticCustomError("two_witnesses", "Destruction needs witness and second_witness.")
        if self.witness and self.second_witness and self.witness.subject == self.second_witness.subject:
            raise PydanticCustomError("same_witness", "The second witness is another person.")
        return self


class TransferLineView(BaseModel):
    """A container of a transfer. `arrived_under`: the registration that took it in; null: under way."""

    vial_id: UUID
    mg: str
    arrived_at: datetime | None
    arrived_under: UUID | None


class TransferView(BaseModel):
    """A transfer; `under_way` counts containers that neither side has taken in."""

    transfer_id: UUID
    version: int
    from_registration_id: UUID
    to_registration_id: UUID
    document: str
    sent_at: datetime
    sent_by: str
    lines: list[TransferLineView]
    under_way: int
