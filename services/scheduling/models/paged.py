"""Pages to whoever is on call: about an alert at the chair, about a difference in the drug ledger."""

from uuid import UUID

from sqlmodel import Field

from services.scheduling.models.row import Row
from shared.oncall.tables import PageColumns, page_constraints


class AlertPage(Row, PageColumns, table=True):
    """One attempt to page somebody about an alert."""

    __tablename__ = "alert_page"
    __table_args__ = page_constraints("alert_page", "alert_id")

    patient_id: UUID
    alert_id: UUID = Field(foreign_key="alert.id")


class DiscrepancyPage(Row, PageColumns, table=True):
    """One attempt to page somebody about a difference, or a loss. It is about no patient."""

    __tablename__ = "discrepancy_page"
    __table_args__ = page_constraints("discrepancy_page", "discrepancy_id")

    discrepancy_id: UUID = Field(foreign_key="stock_discrepancy.id")
