"""Everything that scheduling does, one function per use case."""

from services.scheduling.commands.booking.adding import add_session
from services.scheduling.commands.booking.appointments import cancel_appointment, miss_appointment, record_escort
from services.scheduling.commands.booking.changes import review_course
from services.scheduling.commands.booking.closures import close
from services.scheduling.commands.booking.courses import plan_course
from services.scheduling.commands.booking.holds import HOLD_ENDS, confirm_hold, end_hold, hold_slot, release_hold
from services.scheduling.commands.booking.moving import move_appointment
from services.scheduling.commands.booking.offers import accept_offer, decline_offer, end_offer
from services.scheduling.commands.booking.opening import LOOK
from services.scheduling.commands.booking.outages import cancel_outage, report_outage
from services.scheduling.commands.booking.readying import (
    READINESS_REVIEW,
    READINESS_SWEEP,
    review_readiness,
    sweep_readiness,
)
from services.scheduling.commands.booking.replanning import OFFER_ENDS, offer_replan
from services.scheduling.commands.booking.visits import book_visit, complete_visit
from services.scheduling.commands.booking.waiting import join_waitlist, leave_waitlist, look
from services.scheduling.commands.booking.wishing import change_wishes
from services.scheduling.commands.chair.accounting import tell_places
from services.scheduling.commands.chair.alerts import ALERT_UNANSWERED, acknowledge_alert, escalate_alert
from services.scheduling.commands.chair.arrival import check_in
from services.scheduling.commands.chair.daycheck import override_criterion, record_day_check
from services.scheduling.commands.chair.deviations import tell_deviation
from services.scheduling.commands.chair.discharge import discharge
from services.scheduling.commands.chair.dosing import abort_session, finish_infusion, start_session
from services.scheduling.commands.chair.enrolments import enrol
from services.scheduling.commands.chair.flooring import begin_floor_event, end_floor_event
from services.scheduling.commands.chair.formfilling import correct_form, fill_form, submit_form, tell_sent_form
from services.scheduling.commands.chair.forms import (
    REMS_FORM_LATE,
    REMS_FORM_REMINDER,
    remark_late_form,
    remind_of_form,
)
from services.scheduling.commands.chair.infusing import change_rate, pause_infusion, resume_infusion
from services.scheduling.commands.chair.medicating import give_medicine
from services.scheduling.commands.chair.monitorfeed import take_readings
from services.scheduling.commands.chair.seating import change_chair
from services.scheduling.commands.chair.settling import settle_chair
from services.scheduling.commands.chair.signing import add_addendum, sign_session
from services.scheduling.commands.chair.spraying import use_device
from services.scheduling.commands.chair.transposing import move_entry
from services.scheduling.commands.chair.vitals import VITAL_OVERDUE, raise_overdue, record_observation
from services.scheduling.commands.handouts.daypacks import (
    DAY_PACK_DUE,
    DAY_PACK_OVER,
    ask_day_pack,
    make_day_pack,
    plan_day_packs,
    remove_day_pack,
)
from services.scheduling.commands.handouts.feeds import open_feed, revoke_feed
from services.scheduling.commands.staffing.members import change_staff, engage_staff
from services.scheduling.commands.staffing.rostering import cancel_absence, cancel_shift, record_absence, roster_shift
from services.scheduling.commands.stock.alarming import LEDGER_ALARM, ledger_alarm
from services.scheduling.commands.stock.counting import count_stock
from services.scheduling.commands.stock.drawing import administer_draw, draw_dose, waste_draw, waste_rest
from services.scheduling.commands.stock.losses import report_loss, report_step, settle_discrepancy
from services.scheduling.commands.stock.receiving import recall_lot, receive, register_drugs, renew_registration
from services.scheduling.commands.stock.reversing import reverse
from services.scheduling.commands.stock.sendingout import send_out
from services.scheduling.commands.stock.transferring import transfer_in, transfer_out
from services.scheduling.commands.stock.witnessing import revoke_pin, set_pin

__all__ = [
    "ALERT_UNANSWERED",
    "DAY_PACK_DUE",
    "DAY_PACK_OVER",
    "HOLD_ENDS",
    "LEDGER_ALARM",
    "LOOK",
    "OFFER_ENDS",
    "READINESS_REVIEW",
    "READINESS_SWEEP",
    "REMS_FORM_LATE",
    "REMS_FORM_REMINDER",
    "VITAL_OVERDUE",
    "abort_session",
    "accept_offer",
    "acknowledge_alert",
    "add_addendum",
    "add_session",
    "administer_draw",
    "ask_day_pack",
    "begin_floor_event",
    "book_visit",
    "cancel_absence",
    "cancel_appointment",
    "cancel_outage",
    "cancel_shift",
    "change_chair",
    "change_rate",
    "change_staff",
    "change_wishes",
    "check_in",
    "close",
    "complete_visit",
    "confirm_hold",
    "correct_form",
    "count_stock",
    "decline_offer",
    "discharge",
    "draw_dose",
    "end_floor_event",
    "end_hold",
    "end_offer",
    "engage_staff",
    "enrol",
    "escalate_alert",
    "fill_form",
    "finish_infusion",
    "give_medicine",
    "hold_slot",
    "join_waitlist",
    "leave_waitlist",
    "ledger_alarm",
    "look",
    "make_day_pack",
    "miss_appointment",
    "move_appointment",
    "move_entry",
    "offer_replan",
    "open_feed",
    "override_criterion",
    "pause_infusion",
    "plan_course",
    "plan_day_packs",
    "raise_overdue",
    "recall_lot",
    "receive",
    "record_absence",
    "record_day_check",
    "record_escort",
    "record_observation",
    "register_drugs",
    "release_hold",
    "remark_late_form",
    "remind_of_form",
    "remove_day_pack",
    "renew_registration",
    "report_loss",
    "report_outage",
    "report_step",
    "resume_infusion",
    "reverse",
    "review_course",
    "review_readiness",
    "revoke_feed",
    "revoke_pin",
    "roster_shift",
    "send_out",
    "set_pin",
    "settle_chair",
    "settle_discrepancy",
    "sign_session",
    "start_session",
    "submit_form",
    "sweep_readiness",
    "take_readings",
    "tell_deviation",
    "tell_places",
    "tell_sent_form",
    "transfer_in",
    "transfer_out",
    "use_device",
    "waste_draw",
    "waste_rest",
]
