"""What the medication rules say of each class (domain A.3), for whoever prescribes."""

from collections.abc import Iterable, Mapping

from shared.clinicfile.medicines import MedicineClass

_NOTES: Mapping[MedicineClass, str] = {
    "MAOI": "MED-01: the blood pressure may rise; watch it more closely.",
    "STIMULANT": "MED-02: raises blood pressure; ask about a dose on the day.",
    "OPIOID": "MED-03: sedation and shallow breathing are more likely.",
    "SEDATIVE": "MED-03: sedation and shallow breathing are more likely.",
    "BENZODIAZEPINE": "MED-03, MED-04, MED-05: sedation; above 8 mg of diazepam a day the effect may be weaker.",
    "LAMOTRIGINE": "MED-06: the effect may be weaker.",
    "THEOPHYLLINE": "MED-07: seizures are more likely.",
    "CYP": "MED-08: changes how much of the medicine there is in the blood.",
    "ANTIPSYCHOTIC": "MED-09: the effect may be weaker.",
    "NALTREXONE": "MED-10: the effect may be weaker; contested.",
    "NASAL": "MED-11: as a nasal spray, at least 60 minutes before a nasal dose.",
    "ANTIHYPERTENSIVE": "MED-12: to be taken on the day of treatment unless told otherwise.",
    "NO_INTERACTION": "MED-13: no significant interaction is reported.",
}


def notes_on(classes: Iterable[MedicineClass]) -> tuple[str, ...]:
    """One note for each rule that speaks of these classes."""
    return tuple(dict.fromkeys(_NOTES[one] for one in classes))
