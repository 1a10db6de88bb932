"""What the read models do with what any service said; a consumer of its own, which can say nothing itself.

Producers have no order between them: a timeline sorts by time, and everything else is decided inside one stream.
"""

from collections.abc import Mapping
from typing import Any

from services.intake.projections.home import keep_for_home
from services.intake.projections.timeline import add_entry
from services.intake.projections.worklist import keep_what_people_did, update_worklist
from shared.db.unit_of_work import UnitOfWork
from shared.events import REGISTRY, Event
from shared.service import Handler, ReadModel, ReadTable

READ_MODELS: Mapping[str, ReadModel] = {
    "timeline": ReadModel((ReadTable("timeline_entry", id="event_id", sealed=("detail",)),), add_entry),
    "worklist": ReadModel((ReadTable("worklist_item"),), update_worklist, keep_what_people_did),
    "home": ReadModel((ReadTable("visit"), ReadTable("bill", sealed=("total",))), keep_for_home),
}


async def on_event(uow: UnitOfWork, event: Any) -> None:
    """An entry of the timeline; items of the worklist; visits and bills of the patient's home."""
    for read_model in READ_MODELS.values():
        await read_model.feed(uow, event)


PROJECTIONS: dict[type[Event], Handler] = dict.fromkeys(REGISTRY.values(), on_event)
