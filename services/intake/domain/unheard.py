"""Whose answer was refused or could not be taken may be in danger: help is shown with whatever fails (domain A.6)."""

import re

from services.intake.domain.safety import CRISIS
from shared.help import Help

HELP = Help.model_validate(CRISIS.model_dump())
_ANSWERING = re.compile(
    r"/v1/(patients/[^/]+/(questionnaires|assessments|instruments/[^/]+|readings|check-ins|drafts/[^/]+(/submit)?)"
    r"|sessions/[^/]+/reflections|public/[^/]+/[^/]+/leads)$"
)


def help_for(method: str, path: str) -> Help | None:
    """Help beside every refusal of an answer about somebody's health, whatever it says: it may not even be readable."""
    return HELP if method != "GET" and _ANSWERING.search(path) else None
