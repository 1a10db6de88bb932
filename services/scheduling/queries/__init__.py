"""What scheduling tells, by what it is about. Answers about a patient leave an audit row."""

from services.scheduling.queries.alerts import get_alert, list_alerts
from services.scheduling.queries.board import get_board
from services.scheduling.queries.booking import list_slots, propose_move
from services.scheduling.queries.care import (
    get_appointment,
    get_course,
    get_readiness,
    get_session,
    list_closures,
    list_courses,
    list_day,
    list_observations,
    list_patient_appointments,
    propose_course,
)
from services.scheduling.queries.spray import list_enrolments, list_forms

__all__ = [
    "get_alert", "get_appointment", "get_board", "get_course", "get_readiness", "get_session", "list_alerts",
    "list_closures", "list_courses", "list_day", "list_enrolments", "list_forms", "list_observations",
    "list_patient_appointments", "list_slots", "propose_course", "propose_move",
]  # fmt: skip
