"""Who may read the records of a clinic, as a part of its file."""

from typing import Literal

from pydantic import Field

from shared.clinicfile.policies import FilePart


class PrivacyPolicy(FilePart):
    """Whose staff may read the records of the clinic's patients (domain H.1)."""

    open_to: Literal["ORGANISATION", "CLINIC"] = Field(
        "ORGANISATION", description="CLINIC: care staff of the organisation's other clinics must break the glass"
    )
    break_glass_minutes: int = Field(60, ge=5, le=24 * 60, description="how long a record stays open then")
