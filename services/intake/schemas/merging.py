"""Records of one person that staff merged."""

from typing import Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.merging import Difference
from services.intake.schemas.fields import Code, Request
from shared.http import Instant
from shared.http.examples import example


class MergeRequest(Request):
    """Another record of this patient. Both versions show that both were looked at; `differing` names every sign in
    which they contradict each other, as whoever merges has asked about."""

    model_config = example(
        {
            "absorbed_id": "018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e77", "absorbed_version": 1, "survivor_version": 2,
            "reason": "REGISTERED_TWICE", "differing": ["GIVEN_NAME"],
        }
    )  # fmt: skip

    absorbed_id: UUID
    absorbed_version: int = Field(ge=1, description="the version of the other record as it was last read")
    survivor_version: int = Field(ge=1, description="the version of this record as it was last read")
    reason: Code
    differing: frozenset[Difference] = frozenset()


class UnlinkRequest(Request):
    """The records turned out to be two people."""

    model_config = example({"reason": "TWO_PEOPLE"})

    reason: Code


class MergeView(BaseModel):
    """`absorbed_id` is read together with `survivor_id` while the state is MERGED, and takes nothing new."""

    id: UUID
    survivor_id: UUID
    absorbed_id: UUID
    version: int
    state: Literal["MERGED", "UNLINKED"]
    merged_at: Instant
    merged_by: str
    reason: str
    unlinked_at: Instant | None
    unlinked_by: str | None
    unlink_reason: str | None


class MergesView(BaseModel):
    """Every merge that this record took part in, oldest first."""

    items: tuple[MergeView, ...]
