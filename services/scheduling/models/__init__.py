"""Scheduling's tables. A column named after a value that says something about a person holds sealed text (`rest`)."""

from services.scheduling.models.bookings import LIVE_STATES, RUNNING, Appointment, Closure, Course
from services.scheduling.models.chair import Alert, AlertSighting, Observation, Session
from services.scheduling.models.counts import StockCount, StockCountLine, StockDiscrepancy
from services.scheduling.models.dayof import DayOverride, DayRecord
from services.scheduling.models.entries import Deviation, EntryMove, SessionEntry, SessionSignature
from services.scheduling.models.floor import FloorEvent, FloorFinding, FloorPlace, FloorSeat
from services.scheduling.models.handouts import CalendarFeed, DayPack
from services.scheduling.models.holds import HELD, SlotHold
from services.scheduling.models.monitor import MonitorReading
from services.scheduling.models.offers import OPEN, TO_CALL, ChairOutage, SlotOffer
from services.scheduling.models.paged import AlertPage, DiscrepancyPage
from services.scheduling.models.pins import StaffPin
from services.scheduling.models.readying import SessionReadiness
from services.scheduling.models.row import Row
from services.scheduling.models.spray import ENROLMENT_STATES, Device, Enrolment, RemsForm, RemsFormVersion
from services.scheduling.models.staff import Absence, Shift, StaffMember
from services.scheduling.models.stock import Draw, DrugDelivery, DrugLot, DrugRegistration, Movement, Vial
from services.scheduling.models.told import (
    Authorisation,
    Consent,
    CourseEstimate,
    CoursePayment,
    DoseOrder,
    Outcome,
    Patient,
    SafetyConcern,
    Screening,
)
from services.scheduling.models.transfers import StockTransfer, StockTransferLine
from services.scheduling.models.waitlist import WAITING, SlotOpening, WaitlistEntry

__all__ = [
    "ENROLMENT_STATES", "HELD", "LIVE_STATES", "OPEN", "RUNNING", "TO_CALL", "WAITING", "Absence", "Alert", "AlertPage",
    "AlertSighting", "Appointment", "Authorisation", "CalendarFeed", "ChairOutage", "Closure", "Consent", "Course",
    "CourseEstimate", "CoursePayment", "DayOverride", "DayPack", "DayRecord", "Deviation", "Device", "DiscrepancyPage",
    "DoseOrder", "Draw", "DrugDelivery", "DrugLot", "DrugRegistration", "Enrolment", "EntryMove", "FloorEvent",
    "FloorFinding", "FloorPlace", "FloorSeat", "MonitorReading", "Movement", "Observation", "Outcome", "Patient",
    "RemsForm", "RemsFormVersion", "Row", "SafetyConcern", "Screening", "Session", "SessionEntry", "SessionReadiness",
    "SessionSignature", "Shift", "SlotHold", "SlotOffer", "SlotOpening", "StaffMember", "StaffPin", "StockCount",
    "StockCountLine", "StockDiscrepancy", "StockTransfer", "StockTransferLine", "Vial", "WaitlistEntry",
]  # fmt: skip
