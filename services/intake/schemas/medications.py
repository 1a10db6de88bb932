"""What a patient takes, as it was listed and as it was understood."""

from decimal import Decimal

from pydantic import BaseModel

from services.intake.domain.observations import Source
from shared.clinicfile.medicines import MedicineClass
from shared.http import Instant


class MedicationView(BaseModel):
    """A listed medication. `known_as`: the medicines of the clinic's table that its name stands for; none means that
    nobody knows the name, and a person has to look. `notes`: what the medication rules say of it (MED-01 to MED-13).

    `daily_mg` and `diazepam_mg` are mg a day, null when they are not known; `steps` is the arithmetic.
    """

    name: str
    dose: Decimal | None
    unit: str | None
    times: int | None
    per: str
    known_as: tuple[str, ...]
    classes: tuple[MedicineClass, ...]
    notes: tuple[str, ...]
    daily_mg: Decimal | None
    diazepam_mg: Decimal | None
    steps: tuple[str, ...]


class MedicationsView(BaseModel):
    """The newest list: when and by whom it was given. `benzodiazepine_mg`: all benzodiazepines as mg of diazepam a day,
    null when that is not known."""

    as_of: Instant
    source: Source
    medications: tuple[MedicationView, ...]
    unknown_names: tuple[str, ...]
    benzodiazepine_mg: float | None
