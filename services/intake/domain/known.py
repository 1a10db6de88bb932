"""A known fact. What is not known has none: unknown is never "no"."""

from datetime import datetime

from pydantic import BaseModel, ConfigDict

from shared.clinicfile.facts import FactValue


class KnownFact(BaseModel):
    """A fact with where it comes from and when it was learned."""

    model_config = ConfigDict(frozen=True)

    value: FactValue
    source: str
    as_of: datetime


Facts = dict[str, KnownFact]
