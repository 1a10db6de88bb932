"""What is written into the chart of a session, and what a signature under it stands for."""

import json
from collections.abc import Mapping
from enum import StrEnum
from hashlib import sha256
from typing import Any

from pydantic import BaseModel, ConfigDict


class EntryKind(StrEnum):
    """What was done. The first three change an infusion; an addendum amends what was signed."""

    PAUSED = "PAUSED"
    RESUMED = "RESUMED"
    RATE_CHANGED = "RATE_CHANGED"
    CHECKED_IN = "CHECKED_IN"
    STARTED = "STARTED"
    INFUSION_ENDED = "INFUSION_ENDED"
    ABORTED = "ABORTED"
    DISCHARGED = "DISCHARGED"
    ADDENDUM = "ADDENDUM"
    MEDICINE_GIVEN = "MEDICINE_GIVEN"


class MoveReason(StrEnum):
    """Why an entry was not this session's."""

    WRONG_PATIENT = "WRONG_PATIENT"
    WRONG_SESSION = "WRONG_SESSION"


class Addendum(BaseModel):
    """What is added to a record, as it is kept, sealed."""

    model_config = ConfigDict(frozen=True)

    text: str


def digest_of(content: Mapping[str, Any]) -> str:
    """What is signed: SHA-256 (hex) of a record as JSON, names in order, no spaces; so any change shows."""
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()
