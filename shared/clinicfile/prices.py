"""What a clinic asks for its sessions, as patients pay themselves (domain F.7)."""

from typing import Annotated, Literal

from pydantic import Field

from shared.clinicfile.paying import PaymentPolicy
from shared.clinicfile.policies import FilePart, Slug


class Package(FilePart):
    """Sessions sold together (domain F.7). Credits expire after `valid_months`; refund pro rata or by list price."""

    id: Slug
    name: str
    sessions: Annotated[int, Field(ge=1)]
    price_cents: Annotated[int, Field(ge=0)]
    protocols: tuple[str, ...] = Field((), description="protocol ids it pays for, all when left out")
    valid_months: Annotated[int, Field(ge=1)] = 12
    refund: Literal["pro_rata", "list_price"] = "pro_rata"


class Prices(FilePart):
    """Self-pay prices in cents."""

    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = "USD"
    session_cents: dict[str, Annotated[int, Field(ge=0)]] = Field(description="protocol id -> price of one session")
    packages: tuple[Package, ...] = ()
    drug_cents_per_mg: dict[str, Annotated[int, Field(ge=0)]] = Field(
        default_factory=dict, description="protocol id -> price of a mg, added to the session (nasal spray)"
    )
    late_cancel_cents: Annotated[int, Field(ge=0)] = Field(0, description="fee below 24 h of notice (D.4); 0: none")
    no_show_cents: Annotated[int, Field(ge=0)] = Field(0, description="fee for not coming (D.4); 0: none")
    before_session: PaymentPolicy = PaymentPolicy()
