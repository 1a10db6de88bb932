"""The base of what is observed: frozen, and nothing unknown in it."""

from pydantic import BaseModel, ConfigDict


class Observed(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
