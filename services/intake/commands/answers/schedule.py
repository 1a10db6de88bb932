"""The schedule of instruments as rows (domain B.8): kept, made due in time, found answered."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import col, select

from services.intake.commands.answers.settling import say_answered
from services.intake.domain.due import CHECK_IN, ToAnswer, due_id, enough, tracks_of
from services.intake.history import sought_by
from services.intake.models import Assessment, CheckIn, DoseOrder, DueItem
from services.intake.records import assessments_of, order_of, result_of
from services.intake.views import instrument_of
from shared.aliases import of_person
from shared.clinicfile.assessments import AssessmentPolicy, Track
from shared.clinicfile.model import ClinicFile, Protocol
from shared.clinicfile.store import NO_CLINIC_FILE, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import Problem

DUE = "assessment_due"


@dataclass(frozen=True, slots=True)
class Schedule:
    """How a clinic asks a patient: its policy, and what the patient is treated for under a protocol."""

    policy: AssessmentPolicy
    tracks: tuple[Track, ...]
    protocol: Protocol | None


async def schedule_of(
    uow: UnitOfWork, patient_id: UUID, clinic_id: UUID | None, protocol_id: str | None = None
) -> Schedule:
    """The schedule under a protocol, by default that of the newest order; of a clinic without a file, domain B.8's."""
    file = await _file_at(uow, clinic_id)
    wanted = protocol_id or (await _ordered(uow, patient_id, clinic_id) if file else None)
    protocol = file.protocol(wanted) if file and wanted else None
    policy = file.assessments if file else AssessmentPolicy()
    return Schedule(policy, tracks_of(protocol, await sought_by(uow, patient_id)), protocol)


async def _file_at(uow: UnitOfWork, clinic_id: UUID | None) -> ClinicFile | None:
    try:
        return (await active_clinic(uow, clinic_id)).file if clinic_id else None
    except Problem as problem:
        if problem.kind is NO_CLINIC_FILE:
            return None
        raise


async def _ordered(uow: UnitOfWork, patient_id: UUID, clinic_id: UUID | None) -> str | None:
    """The protocol of the newest order at the clinic."""
    orders = select(DoseOrder).where(
        of_person(DoseOrder.patient_id, patient_id), DoseOrder.clinic_id == clinic_id,
        DoseOrder.organisation_id == uow.organisation_id, DoseOrder.state == "SIGNED",
    )  # fmt: skip
    newest = orders.order_by(col(DoseOrder.signed_at).desc(), col(DoseOrder.id).desc()).limit(1)
    row = (await uow.session.exec(newest)).one_or_none()
    return order_of(uow, row).content.protocol if row else None


def due_item(
    uow: UnitOfWork, patient_id: UUID, clinic_id: UUID | None, what: ToAnswer, about: UUID, *,
    appointment_id: UUID | None = None, session_id: UUID | None = None, version: int = 1,
) -> DueItem:  # fmt: skip
    """The row of something to be answered; its id comes of what it is about, such as the appointment or the session."""
    window = what.window
    return DueItem(
        id=due_id(about, what.occasion, what.instrument),
        organisation_id=uow.organisation_id, clinic_id=clinic_id, patient_id=patient_id, occasion=what.occasion,
        instrument=what.instrument, appointment_id=appointment_id, session_id=session_id, version=version,
        state="PLANNED", opens_at=window.opens_at, late_from=window.late_from, counts_from=window.counts_from,
    )  # fmt: skip


async def plan(uow: UnitOfWork, item: DueItem) -> None:
    """Keep the item unless a newer version is known, and make it due; when it is answered already that is said."""
    if item.state == "PLANNED" and await answered(uow, item):
        item.state, item.settled_at = "SETTLED", uow.now
    given = item.model_dump()
    newest = insert(DueItem).values(given)
    kept = newest.on_conflict_do_update(
        index_elements=["id"],
        set_={name: newest.excluded[name] for name in given if name != "id"},
        where=newest.excluded.version > col(DueItem.version),
    ).returning(col(DueItem.id))
    if (await uow.session.exec(kept)).first() is None:
        return
    await uow.audit("update", "due_item", item.id, patient_id=item.patient_id, clinic_id=item.clinic_id)
    if item.state == "SETTLED":
        say_answered(uow, item)
    if item.state == "PLANNED":
        await uow.schedule(DUE, item.id, item.version, item.opens_at, key=item.patient_id, clinic_id=item.clinic_id)


async def answered(uow: UnitOfWork, item: DueItem, until: datetime | None = None) -> bool:
    """Whether whoever it is asked of has answered it: up to `until`, or an instrument in time and a check-in ever."""
    since, instrument = item.counts_from or item.opens_at, instrument_of(item)
    if instrument == CHECK_IN:
        return await _checked_in(uow, item, since, until or uow.now)
    return await _filled(uow, item.patient_id, instrument, since, until or item.late_from)


async def _filled(uow: UnitOfWork, patient_id: UUID, instrument: str, since: datetime, until: datetime) -> bool:
    """Whether the instrument was filled in well enough to count."""
    rows = await uow.session.exec(
        assessments_of(uow, patient_id).where(
            Assessment.instrument == instrument, Assessment.recorded_at >= since, Assessment.recorded_at <= until
        )
    )
    return any(enough(result_of(uow, row).score) for row in rows)


async def _checked_in(uow: UnitOfWork, item: DueItem, since: datetime, until: datetime) -> bool:
    given = select(CheckIn.id).where(
        CheckIn.organisation_id == uow.organisation_id, of_person(CheckIn.patient_id, item.patient_id),
        CheckIn.session_id == item.session_id, CheckIn.occasion == item.occasion, CheckIn.recorded_at >= since,
        CheckIn.recorded_at <= until,
    )  # fmt: skip
    return (await uow.session.exec(given.limit(1))).first() is not None
