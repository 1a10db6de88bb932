"""Pages to whoever is on call about a safety concern."""

from uuid import UUID

from sqlmodel import Field

from services.intake.models.row import Row
from shared.oncall.tables import PageColumns, page_constraints


class ConcernPage(Row, PageColumns, table=True):
    """One attempt to page somebody about a safety concern."""

    __tablename__ = "concern_page"
    __table_args__ = page_constraints("concern_page", "concern_id")

    patient_id: UUID = Field(foreign_key="patient.id")
    concern_id: UUID = Field(foreign_key="safety_concern.id")
