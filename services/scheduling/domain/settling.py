"""What settles a blocker of a dose: until when, by which event or act, and what the patient is told of it.

A blocker is worked out anew from what is known each time it is asked for, so nothing but these ever clears one.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Settling:
    """`by`: events by their type's name, acts by their operation id. `hours`: to be settled so long before the start.

    `patient`: neutral words; None where the patient can do nothing and is told nothing.
    """

    by: tuple[str, ...]
    patient: str | None = None
    hours: int = 24

    def deadline(self, starts_at: datetime) -> datetime:
        """The last moment at which it should be settled."""
        return starts_at - timedelta(hours=self.hours)


_FORMS = "Please answer your health questions, or call us."
_CALL = "We would like to talk with you before your visit; please call us."
_ASKED = Settling(("recordDayCheck", "overrideCriterion"), "We ask you about this when you arrive.", 0)
_MEASURED = Settling(("recordObservation", "overrideCriterion"), "We measure this when you arrive.", 0)
_SIGNED = Settling(("OrderSigned",))
_SCREENED = Settling(("PatientScreened",), _FORMS)
_REVIEWED = Settling(("ScreeningReviewed",), "Our clinicians are looking at your answers.")
_ROSTERED = Settling(("rosterShift",))

SETTLING: Mapping[str, Settling] = {
    "SAFETY_CONCERN_OPEN": Settling(("SafetyConcernResolved",), _CALL),
    "EVENTS_WAITING": Settling(("stillwater parked",)),
    "ORDER_MISSING": _SIGNED,
    "ORDER_EXPIRED": _SIGNED,
    "ORDER_REVOKED": Settling(("OrderSigned", "abortSession"), None, 0),
    "DOSE_NOT_IN_DEVICES": _SIGNED,
    "SCREENING_MISSING": _SCREENED,
    "SCREENING_TOO_OLD": _SCREENED,
    "MODALITY_NOT_TREATABLE": Settling(("PatientScreened", "ScreeningReviewed"), _CALL),
    "SCREENING_NEEDS_A_CALL": Settling(("PatientScreened", "ScreeningReviewed"), _CALL),
    "SCREENING_NOT_REVIEWED": _REVIEWED,
    "MODALITY_NOT_CLEARED": _REVIEWED,
    "CONDITION_LAPSED": _REVIEWED,
    "CONSENT_MISSING": Settling(("ConsentSigned",), "A document waits for your signature."),
    "SITE_NOT_CERTIFIED": Settling(("stillwater apply",)),
    "NOT_ENROLLED": Settling(("EnrolmentChanged",), "A form of your treatment's programme is still open; call us."),
    "AUTHORISATION_MISSING": Settling(("AuthorisationUpdated",), "Your insurer has not answered yet; call us."),
    "ESTIMATE_MISSING": Settling(("EstimateIssued",)),
    "PAYMENT_POLICY_UNMET": Settling(("PaymentPolicyMet",), "Something about your visits is still open; call us."),
    "PAYMENT_NOT_KNOWN": Settling(("PaymentPolicyMet",)),
    "WEEKLY_LIMIT": Settling(("OrderSigned", "AppointmentMoved")),
    "EARLIER_SESSION_OPEN": Settling(("SessionCompleted", "AppointmentCancelled", "AppointmentMissed"), None, 0),
    "GAP_REVIEW": Settling(("reviewCourse",), _CALL),
    "GAP_RESTART": Settling(("reviewCourse", "OrderSigned"), _CALL),
    "EVALUATION_GATE": Settling(
        ("OutcomeRecorded", "OrderSigned", "reviewCourse"),
        "Please fill in the questionnaire about how you are; a clinician looks at it before your next visit.",
    ),
    "PHASE_NOT_EVALUATED": Settling(("OrderSigned", "reviewCourse"), _CALL),
    "BENEFIT_NOT_EVALUATED": Settling(("OrderSigned", "reviewCourse"), _CALL),
    "BLOCK_TOO_SHORT": Settling(("AppointmentMoved",)),
    "ESCORT_MISSING": Settling(("recordEscort",), "Please tell us which adult takes you home."),
    "PRESCRIBER_NOT_ON_SITE": _ROSTERED,
    "NOBODY_TRAINED_FOR_REMS": _ROSTERED,
    "SEAT_NEEDS_UNCLEAR": Settling(("PatientChanged",), "Please tell us what you need of a chair."),
    "CHAIR_UNSUITABLE": Settling(("PatientChanged", "AppointmentMoved", "changeChair", "overrideCriterion")),
    "ARRIVED_LATE": Settling(
        ("overrideCriterion", "AppointmentCancelled"), "A clinician looks at what is possible.", 0
    ),
    "DOSE_NOT_DRAWN": Settling(("drawDose",), None, 0),
    "PREPARED_UNDER_ANOTHER_ORDER": Settling(("wasteDraw", "reverseMovement", "OrderSigned"), None, 0),
    "NOT_CHECKED_IN": Settling(("SessionCheckedIn",), "Please come to the front desk.", 0),
    "CHAIR_OCCUPIED": Settling(("SessionCompleted", "SessionAborted", "changeChair"), None, 0),
    "ESCORT_NOT_ADULT": Settling(("recordEscort",), "Please tell us which adult takes you home.", 0),
    "PRESSURE_NOT_MEASURED": _MEASURED,
    "PRESSURE_HOLD": _MEASURED,
    "PRESSURE_HOLD_FOR_CLINICIAN": _MEASURED,
    "PRESSURE_CANCEL_SESSION": Settling(("AppointmentCancelled",), None, 0),
    "BASELINE_MISSING": _MEASURED,
    "HEART_RATE_OUT_OF_RANGE": _MEASURED,
    "SPO2_OUT_OF_RANGE": _MEASURED,
    "NPO_VIOLATION": Settling(
        ("recordDayCheck", "overrideCriterion"), "We wait until long enough after your last meal and drink.", 0
    ),
    "INTOXICATED": _ASKED,
    "MEDICATIONS_NOT_REVIEWED": _ASKED,
    "ALLERGIES_NOT_REVIEWED": _ASKED,
    "PREGNANT": Settling(("PatientScreened", "recordDayCheck"), _CALL, 0),
    "PREGNANCY_NOT_RULED_OUT": _ASKED,
    "WEIGHT_TOO_OLD": _ASKED,
    "ASSESSMENT_MISSING": Settling(
        ("OutcomeRecorded", "recordDayCheck", "overrideCriterion"), "Please fill in your questionnaire.", 0
    ),
    "SUICIDE_SCREEN_MISSING": _ASKED,
    "SUICIDE_CONCERN": Settling(("recordDayCheck",), None, 0),
    "MONITORING_NOT_READY": _ASKED,
    "PULSE_OXIMETER_MISSING": _ASKED,
}
"""By the blocker's code."""


def settling_of(code: str) -> Settling:
    """How a blocker is settled; what a clinic asks beside (`OWN_...`) is answered on the day."""
    return SETTLING.get(code, _ASKED)
