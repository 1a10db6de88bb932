"""The sheet of a session on paper: who it is, what stood in the way, the order with its steps, what is due when."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

from services.scheduling.domain.daypack import Booked, Sheet
from services.scheduling.domain.monitoring import Measure
from services.scheduling.domain.spray import BETWEEN_DEVICES, is_spray
from services.scheduling.domain.vitals import Reading
from services.scheduling.handouts.tags import listed, table, tag
from shared.clinicfile.policies import VitalLimits
from shared.events.prescribing import OrderContent, StandingOrderContent

UNKNOWN = "NOT KNOWN HERE: ask"
_MEASURES = {
    Measure.PRESSURE_AND_PULSE: "BP, HR (SpO2 throughout)", Measure.PEAK_CADSS_AND_MOAAS: "CADSS, MOAA/S",
    Measure.MOAAS: "MOAA/S", Measure.PRESSURE: "BP (SpO2 throughout)",
}  # fmt: skip
_BASELINE, _SPRAY_BASELINE = "BP, HR, SpO2, RR, temperature, CADSS", "BP, SpO2, RR, MOAA/S"
_FLOW = ("min", "Due at", "What", "Taken at", "BP", "HR", "SpO2", "RR", "MOAA/S", "CADSS", "Signs, what was done, by")
_SPARE = 4
_BY_HAND = (
    "Two identifiers seen, by", "Patient's phone", "Lot and vial, second person", "Dose started at",
    "Dose ended at, mg given", "mg wasted, witness", "IV out at", "Left at, with whom, decided by",
)  # fmt: skip


def who(booked: Booked) -> str:
    """Both identifiers, as scheduling has them."""
    card = booked.card
    if card is None:
        return f"Patient {UNKNOWN}"
    called = f' "{card.preferred_name}"' if card.preferred_name else ""
    return f"{card.legal_name}{called}, born {card.birth_date}, no. {card.record_number}"


def allergies(booked: Booked) -> str:
    """No entry is not the same as no allergy."""
    if booked.card is None:
        return UNKNOWN
    return "; ".join(booked.card.allergies) or "none on record: ask"


def taken_home_by(booked: Booked) -> str:
    return f"{booked.escort.name}, {booked.escort.phone}" if booked.escort else "NOBODY NAMED"


def span(since: datetime, until: datetime, zone: str) -> str:
    return f"{clock(since, zone)} to {clock(until, zone)}"


def clock(at: datetime, zone: str) -> str:
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M}"


def sheet_of(sheet: Sheet, zone: str) -> Element:
    """A page of its own for one session."""
    return tag("section", *_parts(sheet, zone))


def _parts(sheet: Sheet, zone: str) -> Iterator[Element]:
    booked = sheet.booked
    day = booked.starts_at.astimezone(ZoneInfo(zone))
    yield tag("h1", f"{day:%a %Y-%m-%d} {span(booked.starts_at, booked.ends_at, zone)}, {booked.chair or 'no chair'}")
    yield tag("h2", who(booked))
    if booked.card is not None:
        needs = ["interpreter needed"] if booked.card.interpreter else []
        about = [f"sex at birth {booked.card.sex_at_birth}", f"language {booked.card.language}", *needs]
        yield tag("p", ", ".join([*about, *booked.card.access_needs]))
    yield tag("p", f"Allergies: {allergies(booked)}")
    yield tag("p", f"Goes home with: {taken_home_by(booked)}. Patient's phone: {UNKNOWN}")
    yield _standing(sheet, zone)
    yield from _order(sheet, zone)
    yield from _limits(sheet.limits)
    if sheet.readings:
        yield tag("h3", "Taken before this was made")
        yield table(_FLOW[3:], [_taken(one, zone) for one in sheet.readings])
    yield tag("h3", _flow_title(sheet, zone))
    yield table(_FLOW, _flow(sheet, zone), kind="flow")
    yield tag("h3", "By hand")
    yield table(("What", "Entry, time, initials"), [(text, "") for text in _BY_HAND], kind="flow")


def _standing(sheet: Sheet, zone: str) -> Element:
    """What stood in the way of a dose, and how far intake had been heard when that was looked at."""
    heard = f"{sheet.known_until.astimezone(ZoneInfo(zone)):%H:%M:%S}" if sheet.known_until else "never"
    stale = [f"Intake was last heard at {heard}: see elsewhere that order, screening and consent hold and no concern"
             " is open."] if sheet.stale else []  # fmt: skip
    points = [*stale, *sheet.open_points]
    if points:
        title = "THE DOSE RUNS. Known when this was made:" if sheet.started else "GIVE NO DOSE until this is settled:"
        return tag("div", title, listed(points), kind="stop")
    if sheet.started:
        return tag("p", f"{sheet.booked.state}: the dose started at {clock(sheet.dose_at, zone)}.")
    return tag("p", f"Nothing that scheduling knew stood in the way; intake was last heard at {heard}.")


def _order(sheet: Sheet, zone: str) -> Iterator[Element]:
    order = sheet.order
    if order is None:
        yield tag("h3", f"Order for {sheet.protocol}")
        yield tag("div", f"NO ORDER {UNKNOWN}. Give no dose without one.", kind="stop")
        return
    until = f", signed until {sheet.order_until.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M}" if sheet.order_until else ""
    yield tag("h3", f"Order for {sheet.protocol}{until}")
    yield tag("p", _dose(order))
    yield listed(order.arithmetic)
    if order.standing:
        yield tag("p", "Beside the dose:")
        yield listed(_medicine(one) for one in order.standing)


def _dose(order: OrderContent) -> str:
    """Amounts only: whether a dose per kg is for the session or for an hour of it stands in the order's own steps."""
    if is_spray(order.modality):
        return f"{order.dose_mg} mg by nasal spray, devices {BETWEEN_DEVICES // timedelta(minutes=1)} minutes apart"
    return (
        f"{order.dose_mg} mg over {order.minutes} min for {order.dose_weight_kg} kg; draw {order.draw_ml} mL of"
        f" {order.stock_mg_per_ml} mg/mL; rate {order.rate_ml_per_hour} mL/h"
    )


def _medicine(one: StandingOrderContent) -> str:
    return (
        f"{one.drug} {one.dose} {one.unit} {one.route} ({one.kind}) for {one.indication}: at most {one.max_per_session}"
        f" in a session, {one.max_per_24h} in 24 h, at least {one.min_interval_minutes} min apart"
    )


def _limits(limit: VitalLimits) -> Iterator[Element]:
    """Thresholds of domain C.4 as the clinic's file has them."""
    low, high = limit.warn_heart_rate
    lowest, highest = limit.critical_heart_rate
    yield tag("h3", "Limits")
    yield listed(
        (
            f"Before the dose: hold above {limit.hold_systolic}/{limit.hold_diastolic} mmHg, cancel and refer from"
            f" {limit.cancel_systolic}/{limit.cancel_diastolic}",
            f"WARN: from {limit.warn_systolic}/{limit.warn_diastolic} mmHg or a rise of {limit.warn_rise_systolic}/"
            f"{limit.warn_rise_diastolic}; SpO2 below {limit.warn_spo2} %; RR below {limit.warn_respiratory_rate};"
            f" HR above {high} or below {low}; MOAA/S 3: recheck in 5 min, slow or pause, call the prescriber",
            f"CRITICAL: from {limit.critical_systolic}/{limit.critical_diastolic} mmHg; SpO2 below"
            f" {limit.critical_spo2} %; RR below {limit.critical_respiratory_rate}; HR above {highest} or below"
            f" {lowest}; MOAA/S 2 or less: stop, prescriber now",
            "Chest pain, neurological deficit, anaphylaxis: stop, 911",
        )
    )


def _flow_title(sheet: Sheet, zone: str) -> str:
    at = clock(sheet.dose_at, zone)
    if sheet.started:
        return f"Flow sheet: the dose started at {at}"
    ordered = "" if sheet.order else " of the protocol's usual length"
    return f"Flow sheet for a dose{ordered} that starts at {at}; at another start count the minutes from there"


def _flow(sheet: Sheet, zone: str) -> Iterator[Sequence[str]]:
    yield _blank("before", "", _SPRAY_BASELINE if is_spray(sheet.modality) else _BASELINE)
    for planned in sheet.flow:
        due_at = sheet.dose_at + timedelta(minutes=planned.minute)
        yield _blank(str(planned.minute), clock(due_at, zone), ", ".join(_MEASURES[what] for what in planned.what))
    yield _blank("leaving", "", "BP, SpO2, MOAA/S, CADSS")
    for _ in range(_SPARE):
        yield _blank("", "", "")


def _blank(minute: str, due: str, what: str) -> Sequence[str]:
    return (minute, due, what, *[""] * (len(_FLOW) - 3))


def _taken(reading: Reading, zone: str) -> Sequence[str]:
    vitals = reading.vitals
    pressure = f"{vitals.systolic}/{vitals.diastolic}" if vitals.pressure else ""
    measured = (vitals.heart_rate, vitals.spo2, vitals.respiratory_rate, vitals.moaas, vitals.cadss)
    shown = ["" if value is None else str(value) for value in measured]
    return (clock(reading.at, zone), pressure, *shown, ", ".join(vitals.signs))
