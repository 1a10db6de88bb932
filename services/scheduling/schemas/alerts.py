"""Requests and answers about alerts at the chair."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, Field

from services.scheduling.domain.alerts import Level
from services.scheduling.domain.answering import AlertAnswer, AlertResponse
from services.scheduling.schemas.answers import AlertView
from services.scheduling.schemas.requests import Request
from shared.http.examples import example
from shared.oncall.view import PageView


class AcknowledgeRequest(Request):
    """Somebody has taken up an alert; `done` says what was done about it by now."""

    model_config = example({"done": ["INFUSION_STOPPED", "PRESCRIBER_CALLED"]})

    done: Annotated[tuple[AlertResponse, ...], Field(min_length=1, max_length=13)]


class SightingView(BaseModel):
    """One finding of an episode, and when it was seen."""

    level: Level
    finding: str
    seen_at: datetime
    observation_id: UUID | None
    withdrawn_at: datetime | None


class AnsweredAlertView(AlertView):
    """An alert with what was done about it and every attempt to page whoever is on call."""

    patient_id: UUID
    session_id: UUID
    version: int
    findings: list[SightingView] = Field([], description="every finding of the episode, the first one first")
    answers: list[AlertAnswer]
    escalations: int
    escalated_at: datetime | None
    pages: list[PageView]
