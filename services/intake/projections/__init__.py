"""What the read models do with what any service said; a consumer of its own, which can say nothing itself.

Producers have no order between them: a timeline sorts by time, and everything else is decided inside one stream.
"""

from typing import Any

from services.intake.projections.home import keep_for_home
from services.intake.projections.timeline import add_entry
from services.intake.projections.worklist import update_worklist
from shared.db.unit_of_work import UnitOfWork
from shared.events import REGISTRY, Event
from shared.service import Handler


async def on_event(uow: UnitOfWork, event: Any) -> None:
    """An entry of the timeline; items of the worklist; visits and bills of the patient's home."""
    await add_entry(uow, event)
    await update_worklist(uow, event)
    await keep_for_home(uow, event)


PROJECTIONS: dict[type[Event], Handler] = dict.fromkeys(REGISTRY.values(), on_event)
