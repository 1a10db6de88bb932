"""Somebody is paged before a difference in the drug ledger, or a loss, has waited too long (domain H.4).

Pages go to whoever the clinic file names for that, by its own hours, and are about no patient.
"""

from datetime import datetime
from uuid import UUID

from sqlmodel import select

from services.scheduling.domain.ledgeralarms import first_alarm, next_alarm
from services.scheduling.models import DiscrepancyPage, StockDiscrepancy
from services.scheduling.stock.counts import waits_for
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.oncall import climbing
from shared.oncall.duty import Duty
from shared.timers import Timer

LEDGER_ALARM = "ledger_alarm"


async def expect_alarm(uow: UnitOfWork, row: StockDiscrepancy) -> None:
    """What is to be done about a discrepancy is something else now: whoever is first is paged in time, by its own
    deadline, and what was expected before is not. Raises NO_CLINIC_FILE.
    """
    alarms = (await active_clinic(uow, row.clinic_id)).file.controlled.alarms
    row.rung, row.escalations = 0, row.escalations + 1
    due_at = first_alarm(waits_for(row), alarms, uow.now)
    if due_at is not None:
        await climbing.climbs_at(uow, DUTY, row, due_at)


async def ledger_alarm(uow: UnitOfWork, timer: Timer) -> bool:
    """Page the next one about a discrepancy that waits; False when that was done, or something else is to be done.

    `timer.version` is the number of the escalation.
    """
    return await climbing.escalate(uow, DUTY, timer)


async def _lock(uow: UnitOfWork, discrepancy_id: UUID) -> None:
    """What happens about one discrepancy happens in turn."""
    await uow.session.exec(
        select(StockDiscrepancy.id).where(StockDiscrepancy.id == discrepancy_id).with_for_update()
    )  # fmt: skip


def _again_at(file: ClinicFile, row: StockDiscrepancy, now: datetime) -> datetime | None:
    return next_alarm(waits_for(row), file.controlled.alarms, now)


DUTY = Duty(
    timer=LEDGER_ALARM, subjects=StockDiscrepancy, pages=DiscrepancyPage, about="discrepancy_id", lock=_lock,
    text=lambda on_call: on_call.text, on_call=lambda file: file.controlled.alarms.on_call(file.on_call),
    again_at=_again_at, calls="a record of the cabinet waits",
)  # fmt: skip
