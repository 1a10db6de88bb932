"""Somebody who may act for a patient: who it is and in what."""

from typing import Literal

from pydantic import BaseModel, ConfigDict

Scope = Literal["forms", "booking"]


class ProxyDetail(BaseModel):
    """As it is kept, sealed: name, what the proxy is to the patient, and what it may do."""

    model_config = ConfigDict(frozen=True)

    name: str
    relation: str
    scope: frozenset[Scope]
