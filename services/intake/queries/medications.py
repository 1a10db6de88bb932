"""What a patient takes."""

from decimal import Decimal
from uuid import UUID

from services.intake.domain.formulary import BENZODIAZEPINE_MG, Formulary, formulary_of, plain, told_by, unknown_names
from services.intake.domain.medications import Medication
from services.intake.domain.mednotes import notes_on
from services.intake.history import history_of
from services.intake.records import patient_of
from services.intake.schemas.medications import MedicationsView, MedicationView
from services.intake.views import Wall
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import NOT_FOUND


async def get_medications(uow: UnitOfWork, patient_id: UUID) -> MedicationsView:
    """The newest list of medications, understood by the table of the patient's clinic. Raises NOT_FOUND without one."""
    patient = await patient_of(uow, patient_id, "nurse", "clinician")
    file = (await active_clinic(uow, patient.clinic_id)).file
    lists = [(q, q.answers.medications) for q in (await history_of(uow, patient)).questionnaires]
    given, listed = next(((q, m) for q, m in lists if isinstance(m, tuple)), (None, ()))
    if given is None:
        raise NOT_FOUND()
    await uow.audit("read", "medication", patient.id, patient_id=patient.id, clinic_id=patient.clinic_id)
    formulary = formulary_of(file)
    diazepam = told_by(listed, formulary)[BENZODIAZEPINE_MG]
    return MedicationsView(
        as_of=Wall(file.zone).at(given.at), source=given.source,
        medications=tuple(_view(one, formulary) for one in listed),
        unknown_names=tuple(unknown_names(listed, formulary)),
        benzodiazepine_mg=float(diazepam) if diazepam is not None else None,
    )  # fmt: skip


def _view(listed: Medication, formulary: Formulary) -> MedicationView:
    known = formulary.read(listed)
    return MedicationView(
        **listed.model_dump(),
        known_as=tuple(medicine.id for medicine in known.medicines), classes=known.classes,
        notes=notes_on(known.classes), daily_mg=_rounded(known.daily_mg), diazepam_mg=_rounded(known.diazepam_mg),
        steps=tuple(known.steps),
    )  # fmt: skip


def _rounded(amount: Decimal | None) -> Decimal | None:
    return None if amount is None else Decimal(plain(amount))
