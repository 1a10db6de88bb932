"""When somebody is paged that a difference in the drug ledger, or a loss, waits (domain H.4; hours are `policy`)."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from shared.clinicfile.controlled import LedgerAlarms


class LedgerStep(StrEnum):
    """What is to be done about a difference: settle it; of a loss, tell the DEA field office and file Form 106."""

    SETTLE = "SETTLE"
    NOTICE = "NOTICE"
    FORM_106 = "FORM_106"


def first_alarm(due: Mapping[LedgerStep, datetime], policy: LedgerAlarms, now: datetime) -> datetime | None:
    """When the first page is due for steps that began to wait now: at once if one of them is late already."""
    return now if any(due_at <= now for due_at in due.values()) else next_alarm(due, policy, now)


def next_alarm(due: Mapping[LedgerStep, datetime], policy: LedgerAlarms, now: datetime) -> datetime | None:
    """The first moment after now at which a step that waits pages somebody; None: nothing waits.

    It pages some hours before its deadline, when that ends, and then again and again.
    """
    before = {
        LedgerStep.SETTLE: policy.settle_hours, LedgerStep.NOTICE: policy.notice_hours,
        LedgerStep.FORM_106: policy.form_hours,
    }  # fmt: skip
    repeat = timedelta(hours=policy.repeat_hours)
    return min((_after(now, due_at, before[step], repeat) for step, due_at in due.items()), default=None)


def _after(now: datetime, due_at: datetime, hours: Iterable[int], repeat: timedelta) -> datetime:
    if due_at <= now:
        return due_at + ((now - due_at) // repeat + 1) * repeat
    return min(at for h in (*hours, 0) if (at := due_at - timedelta(hours=h)) > now)
