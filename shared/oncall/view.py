"""How attempts to page are shown."""

from typing import Literal

from pydantic import BaseModel

from shared.db.unit_of_work import UnitOfWork
from shared.http import Instant, instant
from shared.oncall.paging import target_of
from shared.oncall.tables import PageColumns


class PageView(BaseModel):
    """One attempt to page somebody on call. `escalation` 0 is the page when the concern or alert was raised.

    `outcome`: OWED and SENDING have none yet; TAKEN is the only one that counts as a page; WITHDRAWN was not needed.
    """

    at: Instant
    to: str
    role: str
    channel: Literal["EMAIL", "WEBHOOK"]
    escalation: int
    attempt: int
    outcome: Literal["OWED", "SENDING", "TAKEN", "REFUSED", "NOT_TAKEN", "LOST", "WITHDRAWN"]


def page_view(uow: UnitOfWork, row: PageColumns, zone: str) -> PageView:
    """An attempt with its target opened and its time in the clinic's zone."""
    target = target_of(uow, row)
    return PageView.model_validate(
        {
            "at": instant(row.begun_at or row.due_at, zone), "to": target.name, "role": target.role,
            "channel": target.channel, "escalation": row.escalation, "attempt": row.attempt, "outcome": row.state,
        }
    )  # fmt: skip
