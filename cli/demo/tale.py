"""The steps of the story in their order, and telling them: to the first session, or to the end of the course."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cli.demo import beside, booking, chair, course, ending, intake
from cli.demo.http import StepFailed
from cli.demo.screen import Screen
from cli.demo.story import Step, Story

_TO_THE_FIRST_SESSION: Sequence[tuple[str, Step]] = (
    ("The clinic file comes into force in all four services", intake.clinic_file_in_force),
    ("A web form becomes a registered patient with a login", intake.lead_becomes_patient),
    ("The patient signs the treatment consent", intake.consent_is_signed),
    ("Health questions, PHQ-9 and readings are screened by the clinic's rules", intake.patient_is_screened),
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
)
_TO_THE_LAST_SESSION: Sequence[tuple[str, Step]] = (
    ("The patient moves her last session", course.session_is_moved),
    ("The patient cancels her next session", course.session_is_cancelled),
    ("The front desk books another one in its place", course.session_is_added),
    ("The second session that takes place", course.carried_out(3)),
    ("The third", course.carried_out(4)),
    ("What the third has brought is looked at before the fourth", course.benefit_is_evaluated),
    ("The fourth", course.carried_out(5)),
    ("The fifth is the one that was moved", course.carried_out(course.MOVED)),
    ("The sixth is the one that was added", course.carried_out(course.ADDED)),
    ("The course is over, and the next treatment has a date", course.course_is_complete),
)
_ENDING: Sequence[tuple[str, Step]] = (
    ("Everything that happened to the first patient", ending.timeline_is_read),
    ("What the first patient owes", ending.money_is_counted),
)


@dataclass(frozen=True)
class Tale:
    """Steps with their titles, and how often each event is said at least while they happen."""

    steps: Sequence[tuple[str, Step]]
    events: Mapping[str, int]

    async def tell(self, story: Story, screen: Screen) -> None:
        """Tell every step in order. Raises StepFailed naming the step that did not happen."""
        for number, (title, step) in enumerate(self.steps, start=1):
            screen.begin(number, title)
            try:
                screen.done(await step(story))
            except (StepFailed, KeyError) as failed:
                why = f"the answer lacks {failed}" if isinstance(failed, KeyError) else str(failed)
                screen.failed(why)
                raise StepFailed(f"step {number}, {title}: {why}") from None

    def missing(self, said: Counter[str]) -> list[str]:
        """Events that were not said, or not often enough."""
        return sorted(name for name, count in self.events.items() if said[name] < count)


_SAID = {
    "LeadReceived": 3, "PatientRegistered": 3, "PatientScreened": 3, "OutcomeRecorded": 3, "ScreeningReviewed": 1,
    "ConsentSigned": 1, "OrderSigned": 1, "CoursePlanned": 1, "AppointmentBooked": 6, "EstimateIssued": 1,
    "MessageSent": 1, "SessionCheckedIn": 1, "SessionStarted": 1, "VitalAlertRaised": 1, "SessionCompleted": 1,
    "InvoiceIssued": 1, "SafetyConcernRaised": 1,
}  # fmt: skip
SPINE = Tale((*_TO_THE_FIRST_SESSION, *_ENDING), _SAID)
"""From the web form to the first session's invoice."""
WHOLE = Tale(
    (*_TO_THE_FIRST_SESSION, *_TO_THE_LAST_SESSION, *_ENDING),
    _SAID | {
        "AppointmentBooked": 7, "AppointmentMoved": 1, "AppointmentCancelled": 1, "CourseChanged": 3,
        "EstimateIssued": 3, "MessageSent": 12, "SessionCheckedIn": 6, "SessionStarted": 6, "SessionCompleted": 6,
        "InvoiceIssued": 6, "AssessmentDue": 6, "MaintenanceDue": 1,
    },
)  # fmt: skip
"""On to the end of the course, with a session moved, one cancelled and one booked in its place."""
