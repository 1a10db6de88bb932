"""What is paid before sessions of a course, as it travels sealed inside an event."""

from datetime import datetime
from uuid import UUID

from shared.events.parts import Part


class SessionPayment(Part):
    """What the clinic's payment policy asks before one session: `met` since when, or not met since when.

    `missing` are codes: PREPAYMENT (no credit of a package is there for it), BALANCE_DUE (too much is due of earlier).
    """

    appointment_id: UUID
    number: int
    met: bool
    since: datetime
    missing: tuple[str, ...] = ()


class PaymentPolicyDetail(Part):
    """Every session of the course that was still to come. Audience `clinical`."""

    sessions: tuple[SessionPayment, ...] = ()
