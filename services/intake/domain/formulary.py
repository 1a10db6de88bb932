"""Listed medications recognised by name, and what they mean for the medication rules (domain A.3)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from services.intake.domain.medications import Medication
from shared.clinicfile.facts import FactValue
from shared.clinicfile.medicines import Medicine, MedicineClass, as_compared
from shared.clinicfile.model import ClinicFile

_CLASSES_OF: Mapping[str, tuple[MedicineClass, ...]] = {
    "takes_maoi": ("MAOI",), "takes_stimulant": ("STIMULANT",), "takes_cns_depressant": ("OPIOID", "SEDATIVE"),
    "takes_benzodiazepine": ("BENZODIAZEPINE",), "takes_lamotrigine": ("LAMOTRIGINE",),
    "takes_theophylline": ("THEOPHYLLINE",),
}  # fmt: skip
BENZODIAZEPINE_MG = "benzodiazepine_mg"
_MILLIGRAMS = {"mg": Decimal(1), "mcg": Decimal("0.001"), "g": Decimal(1000)}
_BESIDE_A_NAME = frozenset(
    (
        "mg", "mcg", "g", "ml", "tablet", "tablets", "tab", "tabs", "capsule", "capsules", "cap", "caps", "pill",
        "pills", "xr", "er", "sr", "xl", "cr", "la", "ir", "dr", "odt", "oral", "hcl", "hbr", "hydrochloride",
        "hydrobromide", "sodium", "tartrate", "succinate", "maleate", "besylate", "sulfate", "spray", "nasal", "patch",
        "solution",
    )
)  # fmt: skip
_SEVERAL = re.compile(r"[/+,;&]| and | y | con | with ")


@dataclass(frozen=True, slots=True)
class Known:
    """A listed medication as it was recognised. No `medicines`: the name is unknown, and a person is asked.

    mg a day, as needed taken as often as allowed; None when dose, unit or frequency is not known. `steps` explain it.
    """

    listed: Medication
    medicines: Sequence[Medicine]
    daily_mg: Decimal | None
    diazepam_mg: Decimal | None
    steps: Sequence[str]

    @property
    def classes(self) -> tuple[MedicineClass, ...]:
        return tuple(dict.fromkeys(one for medicine in self.medicines for one in medicine.classes))


@dataclass(frozen=True, slots=True)
class Formulary:
    """A clinic's table of medicines; `equivalents` are mg that equal 10 mg of diazepam."""

    by_name: Mapping[str, Medicine] = field(default_factory=dict)
    equivalents: Mapping[str, Decimal] = field(default_factory=dict)

    def recognise(self, name: str) -> tuple[Medicine, ...]:
        """The medicines that a name stands for; none when any part of it is unknown."""
        whole = self._one(name)
        if whole:
            return (whole,)
        parts = [self._one(part) for part in _SEVERAL.split(name.lower())]
        return tuple(part for part in parts if part) if len(parts) > 1 and all(parts) else ()

    def _one(self, name: str) -> Medicine | None:
        """The longest beginning that is a name, if the rest only says how strong it is, or in which form."""
        words = as_compared(name).split()
        for length in range(len(words), 0, -1):
            found = self.by_name.get(" ".join(words[:length]))
            if found and all(word in _BESIDE_A_NAME or _is_amount(word) for word in words[length:]):
                return found
        return None

    def read(self, listed: Medication) -> Known:
        """What a listed medication is, and how much of it is taken a day."""
        medicines = self.recognise(listed.name)
        daily, steps = _daily(listed)
        if len(medicines) != 1 or "BENZODIAZEPINE" not in medicines[0].classes or daily is None:
            return Known(listed, medicines, daily, None, steps)
        equals = self.equivalents.get(medicines[0].id)
        if equals is None:
            return Known(
                listed, medicines, daily, None, (*steps, f"no diazepam-equivalent of {medicines[0].id} is set")
            )
        diazepam = daily * 10 / equals
        said = f"{plain(daily)} mg x 10 / {plain(equals)} = {plain(diazepam)} mg of diazepam a day"
        return Known(listed, medicines, daily, diazepam, (*steps, said))


_MOST_KEPT = 64
_kept: dict[int, tuple[tuple[Medicine, ...], Mapping[str, Medicine]]] = {}  # by identity: hashing a table takes longer


def _table(medicines: tuple[Medicine, ...]) -> Mapping[str, Medicine]:
    key = id(medicines)
    if key not in _kept:
        if len(_kept) >= _MOST_KEPT:
            _kept.clear()
        _kept[key] = medicines, {name: medicine for medicine in medicines for name in medicine.called}
    return _kept[key][1]


def formulary_of(file: ClinicFile) -> Formulary:
    """The table of a clinic file."""
    return Formulary(_table(file.medicines), file.diazepam_equivalents)


def _is_amount(word: str) -> bool:
    return re.fullmatch(r"\d+(mg|mcg|g|ml)?", word) is not None


def _daily(listed: Medication) -> tuple[Decimal | None, tuple[str, ...]]:
    """mg a day with the arithmetic."""
    factor = _MILLIGRAMS.get(listed.unit or "")
    if listed.dose is None or listed.times is None or factor is None:
        return None, ()
    each = listed.dose * factor
    if listed.per == "week":
        daily = each * listed.times / 7
        return daily, (f"{plain(each)} mg x {listed.times} a week / 7 = {plain(daily)} mg a day",)
    often = "at most " if listed.per == "as_needed" else ""
    daily = each * listed.times
    return daily, (f"{plain(each)} mg x {often}{listed.times} a day = {plain(daily)} mg a day",)


def plain(amount: Decimal) -> str:
    """An amount as people write it, rounded to 0.0001."""
    return f"{amount.quantize(Decimal('0.0001')).normalize():f}"


def told_by(listed: Sequence[Medication], formulary: Formulary) -> dict[str, FactValue | None]:
    """What a whole list says about the facts of the medication rules; None: that is not known.

    A name that is unknown may be anything, so then only what is there for certain is known.
    """
    known = [formulary.read(medication) for medication in listed]
    certain = all(one.medicines for one in known)
    said: dict[str, FactValue | None] = {
        name: True if any({*classes} & {*one.classes} for one in known) else (False if certain else None)
        for name, classes in _CLASSES_OF.items()
    }
    return said | {BENZODIAZEPINE_MG: _diazepam(known) if certain else None}


def _diazepam(known: Sequence[Known]) -> float | None:
    """mg of diazepam-equivalent a day; unknown as soon as one of them is."""
    amounts = [one.diazepam_mg for one in known if "BENZODIAZEPINE" in one.classes]
    if None in amounts:
        return None
    return float(sum((amount for amount in amounts if amount is not None), Decimal(0)))


def unknown_names(listed: Sequence[Medication], formulary: Formulary) -> Iterator[str]:
    """The names that stand in no table."""
    return (medication.name for medication in listed if not formulary.recognise(medication.name))
