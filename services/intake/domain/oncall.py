"""When a safety concern pages somebody first (domain A.1, A.6); from then on it climbs the ladder."""

from datetime import datetime

from services.intake.domain.safety import Risk
from shared.clinicfile.oncall import OnCall
from shared.oncall.ladder import climbs_first_at


def at_once(risk: Risk, on_call: OnCall) -> bool:
    """Whether the first rung is paged when a concern is raised."""
    return bool(on_call.ladder) and risk.rank >= Risk(on_call.page_at_once_from).rank


def first_climb_at(risk: Risk, raised_at: datetime, acknowledge_by: datetime, on_call: OnCall) -> datetime:
    """When a concern that nobody acknowledged climbs first: when its time, or that of a rung paged at once, is over."""
    return climbs_first_at(
        paged_at_once=at_once(risk, on_call), raised_at=raised_at, acknowledge_by=acknowledge_by, on_call=on_call
    )
