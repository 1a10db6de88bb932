"""Medicines by name, as data: which classes of the medication rules (domain A.3) a name stands for.

A name that stands in no table is unknown, and a person is asked: that is never "takes none of those".
"""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.lint import folded
from shared.clinicfile.policies import FilePart

MedicineClass = Literal[
    "MAOI", "STIMULANT", "OPIOID", "SEDATIVE", "BENZODIAZEPINE", "LAMOTRIGINE", "THEOPHYLLINE", "CYP", "ANTIPSYCHOTIC",
    "NALTREXONE", "NASAL", "ANTIHYPERTENSIVE", "NO_INTERACTION",
]  # fmt: skip
"""Classes of MED-01 to MED-13. `CYP`: a strong inhibitor or inducer of 3A4 or 2B6; `NASAL`: steroid or decongestant."""

Equivalent = Annotated[Decimal, Field(gt=0, le=1000)]
ASHTON: dict[str, Decimal] = {
    name: Decimal(mg)
    for name, mg in {
        "diazepam": "10", "alprazolam": "0.5", "lorazepam": "1", "clonazepam": "0.5", "temazepam": "20",
        "oxazepam": "20", "chlordiazepoxide": "25", "triazolam": "0.5",
    }.items()
}  # fmt: skip
"""mg that equal 10 mg of diazepam (domain A.3, approximate). Other tables differ, hence it is configuration."""


def _with_defaults(given: dict[str, Decimal]) -> dict[str, Decimal]:
    return {**ASHTON, **given}


DiazepamEquivalents = Annotated[
    dict[str, Equivalent], AfterValidator(_with_defaults), Field(validate_default=True),
]  # fmt: skip


class Medicine(FilePart):
    """A medicine: `id` is its generic name, `names` what else it is called, brands too. Without classes it is known and
    means nothing to the rules."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{1,59}$")]
    names: tuple[Annotated[str, Field(min_length=2, max_length=60)], ...] = ()
    classes: tuple[MedicineClass, ...] = ()

    @property
    def called(self) -> tuple[str, ...]:
        """Every name, as names are compared."""
        return tuple(as_compared(name) for name in (self.id, *self.names))


def as_compared(name: str) -> str:
    """A name without case, accents and punctuation, with single spaces."""
    return " ".join(re.sub(r"[^\w]+", " ", folded(name)).split())


def check_medicines(medicines: Sequence[Medicine], equivalents: dict[str, Decimal]) -> Iterator[Issue]:
    """A name stands for one medicine; what has an equivalent of diazepam is a benzodiazepine of the table."""
    owner: dict[str, str] = {}
    for index, medicine in enumerate(medicines):
        at: Path = ("medicines", index, "names")
        for name in medicine.called:
            if owner.setdefault(name, medicine.id) != medicine.id:
                yield Issue(at, f"has {name}, which {owner[name]} has too", "keep it in one place")
    sedatives = {medicine.id for medicine in medicines if "BENZODIAZEPINE" in medicine.classes}
    for name in sorted({*equivalents} - {*ASHTON} - sedatives):
        place: Path = ("diazepam_equivalents", name)
        yield Issue(place, "is no benzodiazepine of medicines", "correct the name, or add it to medicines")
