"""What was told of payments before sessions."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import Text, UniqueConstraint
from sqlmodel import Field

from services.billing.models.base import Owned, Row
from shared.db.tables import Instant


class CoursePayment(Owned, table=True):
    """A course as it was told last. `detail` is a sealed PaymentPolicyDetail; `met` is so `since` then."""

    __tablename__ = "course_payment"
    __table_args__ = (UniqueConstraint("course_id"),)

    course_id: UUID
    version: int
    met: bool
    since: datetime = Field(sa_type=Instant)
    detail: str = Field(sa_type=Text)
    told_at: datetime = Field(sa_type=Instant)


class PolicyLook(Row, table=True):
    """How far the patients of a clinic, whose id this is, were looked at under its file of that hash."""

    __tablename__ = "policy_look"

    id: UUID = Field(primary_key=True)
    organisation_id: UUID
    hash: str | None = None
    last_patient_id: UUID | None = None
    done: bool = False
