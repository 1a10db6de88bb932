"""What is settled about money before a session (domain F.6, F.7). All `policy`; left out, nothing is asked."""

from typing import Annotated

from pydantic import Field

from shared.clinicfile.policies import FilePart


class PaymentPolicy(FilePart):
    """Asked before each session of a protocol for which no payer's authorisation is counted (F.3): there a claim is
    filed. What is open is a task of the desk and keeps a session from being ready; no dose waits for money.
    """

    estimate: bool = Field(False, description="the patient was given an estimate that names the session (F.6)")
    prepaid: bool = Field(
        False, description="a credit of a package, of one session or more, is there for it on its day (F.7)"
    )
    most_due_cents: Annotated[int, Field(ge=0)] | None = Field(
        None, description="no more than this is due of earlier invoices of this clinic; null: whatever is due"
    )

    @property
    def asks_payment(self) -> bool:
        """Whether anything must be paid before a session."""
        return self.prepaid or self.most_due_cents is not None

    @property
    def asks(self) -> bool:
        """Whether anything at all is asked."""
        return self.estimate or self.asks_payment
