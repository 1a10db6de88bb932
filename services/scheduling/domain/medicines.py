"""A medicine given beside a dose: under the order that was signed, within its limits (clinic file, `prescribing`)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from shared.events.prescribing import StandingOrderContent

DAY = timedelta(hours=24)
_LEAST_LETTERS = 4  # of an allergy that is looked for in the name of a drug
_NONE = frozenset({"", "none", "none known", "no known allergies", "no known drug allergies", "nka", "nkda"})
_UNKNOWN = frozenset({"unknown", "not known", "?"})


class Medicine(BaseModel):
    """What was given, as it stands in the chart, sealed there. `order` is the medicine's in the clinic file."""

    model_config = ConfigDict(frozen=True)

    order: str | None = Field(None, description="null: no signed order was known")
    drug: str
    dose: Decimal
    unit: str
    route: str


@dataclass(frozen=True, slots=True)
class Earlier:
    """The same drug, given at a moment; `here`: in the same session."""

    at: datetime
    here: bool


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a medicine may not be given now."""

    code: str
    params: dict[str, Any] = field(default_factory=dict)


def medicine_refusals(
    order: StandingOrderContent, names: Sequence[str], allergies: Sequence[str], earlier: Sequence[Earlier],
    at: datetime,
) -> Iterator[Refusal]:  # fmt: skip
    """Every reason. `names` are further ones of the drug or its class; `earlier` holds what was told of the patient's
    24 hours before, in whatever order it was told, at whichever clinic of the organisation.
    """
    written = {allergy.strip().casefold() for allergy in allergies} - _NONE
    if written & _UNKNOWN:
        yield Refusal("ALLERGIES_UNKNOWN")
    if any(_names(allergy, (order.drug, *names)) for allergy in written - _UNKNOWN):
        yield Refusal("ALLERGY_TO_DRUG")
    if sum(one.here for one in earlier) >= order.max_per_session:
        yield Refusal("MAX_PER_SESSION", {"at_most": order.max_per_session})
    if sum(at - DAY < one.at <= at for one in earlier) >= order.max_per_24h:
        yield Refusal("MAX_PER_24H", {"at_most": order.max_per_24h})
    apart = timedelta(minutes=order.min_interval_minutes)
    if any(abs(at - one.at) < apart for one in earlier):
        yield Refusal("TOO_SOON", {"minutes_apart": order.min_interval_minutes})


def _names(allergy: str, meant: Sequence[str]) -> bool:
    """Whether an allergy, however it is written, is to a drug of one of these names."""
    drugs = [name.casefold() for name in meant]
    return any(drug in allergy or (len(allergy) >= _LEAST_LETTERS and allergy in drug) for drug in drugs)
