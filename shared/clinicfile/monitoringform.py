"""The form that a safety programme wants after each session (domain H.5, D.4), as a part of the clinic file."""

from typing import Annotated, Literal

from pydantic import Field

from shared.clinicfile.policies import FilePart


class MonitoringFormPolicy(FilePart):
    """Which edition of the form is filled in, and when somebody is reminded of one. Its seven days are the programme's.

    Edition 1 is the form of 11/2021; 2 asks for respiratory depression and opioids beside (C.3, H.5).
    """

    edition: Literal[1, 2] = 2
    remind_after_days: Annotated[int, Field(ge=1, le=6)] = Field(
        5, description="local days after the session (E.1: N21); on the eighth the form is late"
    )
