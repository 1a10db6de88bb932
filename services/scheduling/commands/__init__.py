"""Everything that scheduling does, one function per use case."""

from services.scheduling.commands.adding import add_session
from services.scheduling.commands.alerts import ALERT_UNANSWERED, acknowledge_alert, escalate_alert
from services.scheduling.commands.appointments import cancel_appointment, miss_appointment, record_escort
from services.scheduling.commands.arrival import check_in
from services.scheduling.commands.changes import review_course
from services.scheduling.commands.closures import close
from services.scheduling.commands.courses import plan_course
from services.scheduling.commands.discharge import discharge
from services.scheduling.commands.dosing import abort_session, finish_infusion, start_session
from services.scheduling.commands.enrolments import enrol
from services.scheduling.commands.forms import submit_form
from services.scheduling.commands.moving import move_appointment
from services.scheduling.commands.spraying import use_device
from services.scheduling.commands.visits import book_visit, complete_visit
from services.scheduling.commands.vitals import VITAL_OVERDUE, raise_overdue, record_observation

__all__ = [
    "ALERT_UNANSWERED",
    "VITAL_OVERDUE",
    "abort_session",
    "acknowledge_alert",
    "add_session",
    "book_visit",
    "cancel_appointment",
    "check_in",
    "close",
    "complete_visit",
    "discharge",
    "enrol",
    "escalate_alert",
    "finish_infusion",
    "miss_appointment",
    "move_appointment",
    "plan_course",
    "raise_overdue",
    "record_escort",
    "record_observation",
    "review_course",
    "start_session",
    "submit_form",
    "use_device",
]
