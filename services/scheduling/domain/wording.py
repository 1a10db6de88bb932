"""Why something cannot take place then, in words for the screen."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from services.scheduling.domain.course import Violation

_WORDS = {
    "CLOSED_WEEKDAY": "the location is closed on that weekday",
    "OUTSIDE_HOURS": "the whole block does not fit into opening hours",
    "CLOCK_SKIPS_TIME": "daylight saving skips that time",
    "IN_THE_PAST": "that time has passed",
    "ORDER_MISSING": "no order is signed for the protocol",
    "ORDER_ENDS_BEFORE": "the order expires before",
    "NEAR_OTHER_SESSION": "too near to a session of another course",
    "PATIENT_BOOKED_THEN": "the patient is booked then",
    "OUT_OF_ORDER": "sessions of a course stay in their order",
    "MIN_GAP": "less than {min_gap_hours} h beside another session of the course",
    "MAX_GAP": "more than {max_gap_days} d beside another session of the course",
    "WEEK_FULL": "the week has its {per_week} sessions",
    "WINDOW": "the course would span {days} d, {shortest} to {longest} are allowed",
    "NO_CHAIR_FREE": "every chair is taken",
    "NO_SUITABLE_CHAIR_FREE": "no chair that suits the patient's needs is free",
    "SEAT_NEEDS_UNCLEAR": "nobody has said what the patient needs of a chair; say it in intake, as seat_needs",
    "OVERLAPS_ITSELF": "only the chair that the appointment itself has is free then; move it without a hold",
    "TOO_FEW_NURSES": "nurse ratio 1:{per_nurse} exceeded",
    "TOO_MANY_STARTS": "more infusions would start at once ({starts}) than nurses are on duty ({nurses})",
    "NO_PRESCRIBER": "no prescriber is on site",
    "NO_ACLS_AND_BLS": "nobody with ACLS and a second person with BLS are on site",
    "NOBODY_TRAINED_FOR_REMS": "nobody trained for the nasal spray is on site",
    "NO_INTERPRETER": "nobody who interprets for the patient is free",
    "NO_KIT": "all {kits} kits are in use",
}


def worded(found: Violation) -> str:
    """A broken rule in words: "nurse ratio 1:2 exceeded 10:15 to 10:30". Times are the clinic's."""
    if found.code.startswith("CLOSED_") and found.code not in _WORDS:
        reason = found.code.removeprefix("CLOSED_").replace("_", " ").lower()
        return f"closed that day: {reason}"
    if found.code == "TOO_FEW_NURSES" and not found.params.get("nurses"):
        return "no nurse is on duty" + _when(found.params)
    return _WORDS.get(found.code, found.code).format_map(found.params) + _when(found.params)


def _when(params: Mapping[str, Any]) -> str:
    if "since" not in params or "until" not in params:
        return ""
    since, until = (datetime.fromisoformat(params[end]) for end in ("since", "until"))
    return f" {since:%H:%M} to {until:%H:%M}"
