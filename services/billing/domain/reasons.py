"""What a person is asked about, and what a person may answer, as codes."""

from enum import StrEnum


class Reason(StrEnum):
    """Why a person must look at a course, session, appointment or authorisation, before more is charged for it."""

    NO_CLINIC_FILE = "NO_CLINIC_FILE"
    NO_PRICE = "NO_PRICE"
    NO_COURSE = "NO_COURSE"
    ABOVE_ESTIMATE = "ABOVE_ESTIMATE"
    SESSION_ABORTED = "SESSION_ABORTED"
    LATE_CANCEL = "LATE_CANCEL"
    NO_SHOW = "NO_SHOW"
    NO_AUTHORISATION = "NO_AUTHORISATION"
    AUTHORISATION_LOW = "AUTHORISATION_LOW"
    AUTHORISATION_ENDS = "AUTHORISATION_ENDS"

    @property
    def is_fee(self) -> bool:
        """Whether charging means a fee for a visit that did not take place (D.4)."""
        return self in (Reason.LATE_CANCEL, Reason.NO_SHOW)

    @property
    def nothing_to_charge(self) -> bool:
        """Whether nothing waits to be charged: the charge was made already, or it is a thing to look after in time."""
        return self in (
            Reason.NO_COURSE, Reason.ABOVE_ESTIMATE, Reason.AUTHORISATION_LOW, Reason.AUTHORISATION_ENDS
        )  # fmt: skip


class Waiver(StrEnum):
    """Why a fee is not taken (D.4: illness and emergency are excepted)."""

    ILLNESS = "ILLNESS"
    EMERGENCY = "EMERGENCY"
    CLINIC_ERROR = "CLINIC_ERROR"
    GOODWILL = "GOODWILL"
