"""The steps of the story in their order, and telling them."""

from collections import Counter
from collections.abc import Sequence

from cli.demo import beside, booking, chair, ending, intake
from cli.demo.http import StepFailed
from cli.demo.screen import Screen
from cli.demo.story import Step, Story

STEPS: Sequence[tuple[str, Step]] = (
    ("The clinic file comes into force in all four services", intake.clinic_file_in_force),
    ("A web form becomes a registered patient with a login", intake.lead_becomes_patient),
    ("Health questions, PHQ-9 and readings are screened by the clinic's rules", intake.patient_is_screened),
    ("The patient signs the treatment consent", intake.consent_is_signed),
    ("A clinician reviews the screening and signs an order", intake.order_is_signed),
    ("Six sessions are planned and booked as one", booking.course_is_booked),
    ("The whole course is estimated before it begins", booking.estimate_is_issued),
    ("A text about the first visit goes out", booking.text_goes_out),
    ("Time moves on to the first session", chair.time_moves_on),
    ("The patient arrives", chair.patient_arrives),
    ("The dose runs, and a pressure is out of range", chair.dose_runs),
    ("Nobody goes home before every criterion is met", chair.patient_goes_home),
    ("The session is invoiced", chair.invoice_is_issued),
    ("Beside it: a pressure that is too high", beside.pressure_is_too_high),
    ("Beside it: somebody is in danger", beside.somebody_is_in_danger),
    ("Everything that happened to the first patient", ending.timeline_is_read),
    ("What the first patient owes", ending.money_is_counted),
)
EVENTS = Counter({
    "LeadReceived": 3, "PatientRegistered": 3, "PatientScreened": 3, "OutcomeRecorded": 3, "ScreeningReviewed": 1,
    "ConsentSigned": 1, "OrderSigned": 1, "CoursePlanned": 1, "AppointmentBooked": 6, "EstimateIssued": 1,
    "MessageSent": 1, "SessionCheckedIn": 1, "SessionStarted": 1, "VitalAlertRaised": 1, "SessionCompleted": 1,
    "InvoiceIssued": 1, "SafetyConcernRaised": 1,
})  # fmt: skip


async def tell(story: Story, screen: Screen) -> None:
    """Tell every step in order. Raises StepFailed naming the step that did not happen."""
    for number, (title, step) in enumerate(STEPS, start=1):
        screen.begin(number, title)
        try:
            screen.done(await step(story))
        except (StepFailed, KeyError) as failed:
            why = f"the answer lacks {failed}" if isinstance(failed, KeyError) else str(failed)
            screen.failed(why)
            raise StepFailed(f"step {number}, {title}: {why}") from None


def missing(said: Counter[str]) -> list[str]:
    """Events of the story that were not said, or not often enough."""
    return sorted((EVENTS - said).keys())
