"""What scheduling tells, by what it is about. Answers about a patient leave an audit row."""

from services.scheduling.queries.alerts import get_alert, list_alerts
from services.scheduling.queries.board import get_board
from services.scheduling.queries.booking import list_slots, propose_move
from services.scheduling.queries.calendars import list_feeds, read_calendar
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
from services.scheduling.queries.counts import get_count, get_count_sheet, get_discrepancy, list_discrepancies
from services.scheduling.queries.dayof import get_day_check
from services.scheduling.queries.daypacks import list_day_packs, read_day_pack
from services.scheduling.queries.drugrecords import get_lot_records
from services.scheduling.queries.floor import get_floor_event, list_floor_events
from services.scheduling.queries.monitor import list_monitor_readings
from services.scheduling.queries.offers import (
    get_offer,
    list_calls,
    list_outages,
    list_patient_offers,
    list_waitlist,
    preview_replan,
)
from services.scheduling.queries.reconciling import reconcile
from services.scheduling.queries.record import get_session_record
from services.scheduling.queries.rosters import get_cover, list_absences, list_shifts, list_staff
from services.scheduling.queries.slots import find_slots, get_hold
from services.scheduling.queries.spray import get_form, list_enrolments, list_forms
from services.scheduling.queries.stock import get_draw, get_vial, list_draws, list_registrations, list_stock
from services.scheduling.queries.transfers import get_transfer, list_transfers

__all__ = [
    "find_slots", "get_alert", "get_appointment", "get_board", "get_count", "get_count_sheet", "get_course",
    "get_cover", "get_day_check", "get_discrepancy", "get_draw", "get_floor_event", "get_form", "get_hold",
    "get_lot_records", "get_offer", "get_readiness", "get_session", "get_session_record", "get_transfer", "get_vial",
    "list_absences", "list_alerts", "list_calls", "list_closures", "list_courses", "list_day", "list_day_packs",
    "list_discrepancies", "list_draws", "list_enrolments", "list_feeds", "list_floor_events", "list_forms",
    "list_monitor_readings", "list_observations", "list_outages", "list_patient_appointments", "list_patient_offers",
    "list_registrations", "list_shifts", "list_slots", "list_staff", "list_stock", "list_transfers", "list_waitlist",
    "preview_replan", "propose_course", "propose_move", "read_calendar", "read_day_pack", "reconcile",
]  # fmt: skip
