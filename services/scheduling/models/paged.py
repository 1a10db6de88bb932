"""Pages to whoever is on call about an alert at the chair."""

from uuid import UUID

from sqlmodel import Field

from services.scheduling.models.row import Row
from shared.oncall.tables import PageColumns, page_constraints


class AlertPage(Row, PageColumns, table=True):
    """One attempt to page somebody about an alert."""

    __tablename__ = "alert_page"
    __table_args__ = page_constraints("alert_page", "alert_id")

    alert_id: UUID = Field(foreign_key="alert.id")
