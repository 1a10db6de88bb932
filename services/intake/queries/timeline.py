"""A patient's timeline: what every service said, in the order of its times."""

from datetime import datetime
from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.timeline import SHOWN_TO_PATIENTS, Detail, code_of, shown_to_patient
from services.intake.glass import require_open
from services.intake.models import Patient, TimelineEntry
from services.intake.queries.heard import heard, known_until
from services.intake.queries.places import zone_of_clinic
from services.intake.schemas.readmodels import TimelineEntryView, TimelineView
from shared.aliases import of_person
from shared.db.unit_of_work import UnitOfWork
from shared.http import Paging, instant, page, require_patient, require_role
from shared.problems import NOT_FOUND

READERS = ("frontdesk", "nurse", "clinician", "director", "biller", "admin")
CARE = ("nurse", "clinician")


async def get_timeline(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> TimelineView:
    """What happened to a patient, the oldest first; also of a lead. Raises NOT_FOUND, FORBIDDEN, CURSOR_INVALID."""
    require_patient(uow, patient_id)
    if uow.caller.kind == "staff":
        require_role(uow, None, *READERS)
    await require_open(uow, patient_id)
    rows = await _entries(uow, patient_id, paging)
    zone = await zone_of_clinic(uow, await _clinic_of(uow, patient_id, rows))
    shown = [_view(uow, row, zone) for row in rows]
    await uow.audit("read", "timeline", patient_id, patient_id=patient_id)
    found = page(uow, shown, paging, lambda entry: (entry.at.utc, entry.event_id), "timeline", patient_id)
    lines = await heard(uow, patient_id)
    return TimelineView(**dict(found), as_of=lines, known_until=known_until(lines))


async def _entries(uow: UnitOfWork, patient_id: UUID, paging: Paging) -> list[TimelineEntry]:
    rows = select(TimelineEntry).where(
        of_person(TimelineEntry.patient_id, patient_id), TimelineEntry.organisation_id == uow.organisation_id
    )
    if uow.caller.kind == "patient":
        rows = rows.where(col(TimelineEntry.type).in_(SHOWN_TO_PATIENTS))
    after = paging.after(uow, "timeline", patient_id)
    if after is not None:
        at, event_id = datetime.fromisoformat(after[0]), UUID(after[1])
        same_time = (col(TimelineEntry.at) == at) & (col(TimelineEntry.event_id) > event_id)
        rows = rows.where((col(TimelineEntry.at) > at) | same_time)
    in_order = rows.order_by(col(TimelineEntry.at), col(TimelineEntry.event_id))
    return list(await uow.session.exec(in_order.limit(paging.fetch)))


async def _clinic_of(uow: UnitOfWork, patient_id: UUID, rows: list[TimelineEntry]) -> UUID | None:
    """The patient's clinic or, when only others told of the patient, that of the first entry. Raises NOT_FOUND."""
    registered = select(Patient.clinic_id).where(
        Patient.id == patient_id, Patient.organisation_id == uow.organisation_id
    )
    clinic_id = (await uow.session.exec(registered)).first()
    if clinic_id is not None:
        return clinic_id
    told = select(TimelineEntry.event_id).where(
        of_person(TimelineEntry.patient_id, patient_id), TimelineEntry.organisation_id == uow.organisation_id
    )
    if (await uow.session.exec(told.limit(1))).first() is None:
        raise NOT_FOUND()
    return next((row.clinic_id for row in rows if row.clinic_id), None)


def _view(uow: UnitOfWork, row: TimelineEntry, zone: str) -> TimelineEntryView:
    own = uow.caller.kind == "patient"
    return TimelineEntryView(
        event_id=row.event_id, service=row.service, code=code_of(row.type), at=instant(row.at, zone),
        clinic_id=row.clinic_id, subject=row.subject,
        facts=shown_to_patient(row.type, row.facts) if own else row.facts, detail=_detail(uow, row),
    )  # fmt: skip


def _detail(uow: UnitOfWork, row: TimelineEntry) -> dict[str, object] | None:
    if row.detail is None or not uow.caller.may(None, *CARE):
        return None
    return uow.open_column("timeline_entry", "detail", row.event_id, row.detail, Detail).told
