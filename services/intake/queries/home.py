"""What a patient sees first."""

from uuid import UUID

from sqlmodel import col, select

from services.intake.domain.due import Occasion, given_by_staff, tracks_of
from services.intake.domain.formulary import formulary_of
from services.intake.domain.mednotes import instructions_for
from services.intake.domain.observations import HealthAnswers
from services.intake.domain.safety import CRISIS
from services.intake.domain.screening import modalities_of
from services.intake.history import medications_of, sought_by
from services.intake.models import Bill, DueItem, Patient, Visit
from services.intake.queries.consents import documents_missing
from services.intake.queries.heard import heard, known_until
from services.intake.records import answers_of, assessments_of, patient_of, person_of, questionnaires_of
from services.intake.schemas.readmodels import BillView, HomeDueView, HomeView, VisitView
from services.intake.views import Wall, instrument_of, wall_of
from shared.aliases import of_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.http import instant
from shared.money import Money
from shared.problems import NOT_FOUND

MOST_VISITS = 10


async def get_home(uow: UnitOfWork) -> HomeView:
    """The home of the patient who asks, or whose proxy asks. Raises NOT_FOUND."""
    if uow.caller.patient_id is None:
        raise NOT_FOUND()
    patient = await patient_of(uow, uow.caller.patient_id)
    wall = await wall_of(uow, patient)
    lines = await heard(uow, patient.id)
    await uow.audit("read", "home", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    return HomeView(
        patient_id=patient.id, visits=await _visits(uow, patient.id), due=await _due(uow, patient, wall),
        consents_missing=await documents_missing(uow, patient),
        estimate=await _newest_bill(uow, patient.id, "ESTIMATE", wall),
        invoice=await _newest_bill(uow, patient.id, "INVOICE", wall), crisis=CRISIS,
        instructions=await _instructions(uow, patient),
        as_of=lines, known_until=known_until(lines),
    )  # fmt: skip


async def _visits(uow: UnitOfWork, patient_id: UUID) -> list[VisitView]:
    """In the zone of the place where they are, whatever the patient's own clinic is."""
    ahead = select(Visit).where(
        of_person(Visit.patient_id, patient_id), Visit.organisation_id == uow.organisation_id,
        Visit.state == "CONFIRMED", col(Visit.ends_at) > uow.now,
    )  # fmt: skip
    rows = await uow.session.exec(ahead.order_by(col(Visit.starts_at), col(Visit.id)).limit(MOST_VISITS))
    return [
        VisitView(
            appointment_id=row.id, kind=row.kind, session_number=row.session_number, location=row.location,
            starts=instant(row.starts_at, row.zone), ends=instant(row.ends_at, row.zone),
        )
        for row in rows
    ]  # fmt: skip


async def _due(uow: UnitOfWork, patient: Patient, wall: Wall) -> list[HomeDueView]:
    """What is asked at intake, and what is due around sessions, as far as patients fill it in by themselves."""
    missing = [HomeDueView(what=what, instrument=instrument) for what, instrument in await _missing(uow, patient)]
    rows = select(DueItem).where(
        of_person(DueItem.patient_id, patient.id), DueItem.organisation_id == uow.organisation_id,
        col(DueItem.state).in_(("PLANNED", "OPEN")), DueItem.opens_at <= uow.now,
    )  # fmt: skip
    opened = await uow.session.exec(rows.order_by(col(DueItem.opens_at), col(DueItem.id)))
    return missing + [_due_view(row, wall) for row in opened if not given_by_staff(instrument_of(row))]


def _due_view(row: DueItem, wall: Wall) -> HomeDueView:
    instrument = instrument_of(row)
    return HomeDueView(
        what=instrument if row.occasion == Occasion.INTAKE else row.occasion, instrument=instrument, due_id=row.id,
        session_id=row.session_id, since=wall.at(row.opens_at), late_from=wall.at(row.late_from),
    )  # fmt: skip


async def _missing(uow: UnitOfWork, patient: Patient) -> list[tuple[str, str | None]]:
    """What everybody is asked at intake (B.8) and the patient never filled in, until it is due by itself."""
    policy = (await active_clinic(uow, patient.clinic_id)).file.assessments
    asked = policy.asked(tracks_of(None, await sought_by(uow, patient.id))).at_intake
    sheets = await uow.session.exec(assessments_of(uow, patient.id))
    due = select(DueItem.instrument).where(
        of_person(DueItem.patient_id, patient.id), DueItem.occasion == Occasion.INTAKE
    )
    filled = {*(sheet.instrument for sheet in sheets), *await uow.session.exec(due)}
    said = await uow.session.exec(questionnaires_of(uow, patient.id))
    questions = all(answers_of(uow, row) == HealthAnswers() for row in said)
    left = (instrument for instrument in asked if instrument not in filled and not given_by_staff(instrument))
    return [*([("HEALTH_QUESTIONS", None)] if questions else []), *((one, one) for one in left)]


async def _instructions(uow: UnitOfWork, patient: Patient) -> tuple[str, ...]:
    file = (await active_clinic(uow, patient.clinic_id)).file
    listed = await medications_of(uow, patient.id) or ()
    return instructions_for(listed, formulary_of(file), modalities_of(file), person_of(uow, patient).language)


async def _newest_bill(uow: UnitOfWork, patient_id: UUID, kind: str, wall: Wall) -> BillView | None:
    bills = select(Bill).where(
        of_person(Bill.patient_id, patient_id), Bill.organisation_id == uow.organisation_id, Bill.kind == kind
    )
    row = (await uow.session.exec(bills.order_by(col(Bill.issued_at).desc(), col(Bill.id).desc()).limit(1))).first()
    if row is None:
        return None
    total = uow.open_column("bill", "total", row.id, row.total, Money)
    return BillView(id=row.id, version=row.version, issued_at=wall.at(row.issued_at), total=total)
