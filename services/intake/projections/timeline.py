"""The timeline: every event about a patient, whoever said it, once."""

from typing import Any

from pydantic import BaseModel
from sqlalchemy.dialects.postgresql import insert

from services.intake.domain.timeline import Detail
from services.intake.models import TimelineEntry
from services.intake.projections.cause import cause_of
from shared.db.unit_of_work import UnitOfWork
from shared.events import Event
from shared.sealing import sealed_fields


async def add_entry(uow: UnitOfWork, event: Event) -> None:
    """Write an event into the timeline of its patient: clear facts as they are, clinical ones sealed again.

    Identity and contact stand in the patient's own row only.
    """
    cause, sealed = cause_of(uow), sealed_fields(type(event))
    clinical = {name for name, field in sealed.items() if field.audience == "clinical"}
    entry = TimelineEntry(
        event_id=cause.id, organisation_id=uow.organisation_id, clinic_id=cause.clinic_id, patient_id=cause.key,
        service=cause.service, type=cause.type, subject=cause.subject, at=cause.time,
        facts=event.model_dump(mode="json", exclude={"patient_id", *sealed}, exclude_none=True),
        detail=_detail(uow, event, clinical),
    )  # fmt: skip
    await uow.session.exec(insert(TimelineEntry).values(entry.model_dump()).on_conflict_do_nothing())
    await uow.audit("create", "timeline_entry", cause.id, patient_id=cause.key, clinic_id=cause.clinic_id)


def _detail(uow: UnitOfWork, event: Event, clinical: set[str]) -> str | None:
    told = {name: _plain(uow.open(event, name)) for name in sorted(clinical) if getattr(event, name) is not None}
    return uow.seal_column("timeline_entry", "detail", cause_of(uow).id, Detail(told=told)) if told else None


def _plain(value: Any) -> Any:
    return value.model_dump(mode="json") if isinstance(value, BaseModel) else value
