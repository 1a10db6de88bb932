"""What the medication rules say of each class (domain A.3), for whoever reviews, prescribes, or takes it.

MED-01 to MED-07 decide: they are rules of the rule set. MED-08 to MED-13 change no outcome. They are told, by name of
the medicine, with the screening that is reviewed and with the order that is signed.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal

from pydantic import BaseModel, ConfigDict

from services.intake.domain.formulary import Formulary, unknown_names
from services.intake.domain.languages import chosen
from services.intake.domain.medications import Medication
from services.intake.domain.observations import Answered
from shared.clinicfile.medicines import MedicineClass
from shared.events.parts import Modality

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
Kind = Literal["INFORMATION", "INSTRUCTION", "NO_INTERACTION", "UNKNOWN"]
_TOLD: Mapping[MedicineClass, Kind] = {
    "CYP": "INFORMATION", "ANTIPSYCHOTIC": "INFORMATION", "NALTREXONE": "INFORMATION", "NASAL": "INSTRUCTION",
    "ANTIHYPERTENSIVE": "INSTRUCTION", "NO_INTERACTION": "NO_INTERACTION",
}  # fmt: skip
_ON_THE_DAY: Mapping[MedicineClass, Mapping[str, str]] = {
    "NASAL": {
        "en": "Use your other nasal spray at least 60 minutes before the treatment.",
        "es": "Use su otro aerosol nasal al menos 60 minutos antes del tratamiento.",
    },
    "ANTIHYPERTENSIVE": {
        "en": "Take your blood pressure medicine on the day of treatment as usual, unless we told you otherwise.",
        "es": "El día del tratamiento tome su medicina para la presión como siempre, a menos que le digamos otra cosa.",
    },
}
_NO_LIST = "No list of medications was given; MED-08 to MED-13 could not be looked at. Ask what is taken."
_NO_NAME = "Nobody knows these names; MED-08 to MED-13 could not be looked at. Ask what they are."
SPRAYS = frozenset((Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI))


class MedicationNote(BaseModel):
    """What is told of `medicines`, as they were listed: INFORMATION for the prescriber, an INSTRUCTION about the day of
    treatment, that NO_INTERACTION is reported, or that something is UNKNOWN and a person has to ask."""

    model_config = ConfigDict(frozen=True)

    kind: Kind
    text: str
    medicines: tuple[str, ...] = ()


def notes_on(classes: Iterable[MedicineClass]) -> tuple[str, ...]:
    """One note for each rule that speaks of these classes."""
    return tuple(dict.fromkeys(_NOTES[one] for one in classes))


def newest_list(newest_first: Iterable[Answered]) -> tuple[Medication, ...] | None:
    """The list of medications that was given last; None: nobody ever gave one."""
    lists = (given.answers.medications for given in newest_first)
    return next((listed for listed in lists if isinstance(listed, tuple)), None)


def notes_for(
    listed: Sequence[Medication] | None, formulary: Formulary, modalities: Iterable[Modality]
) -> tuple[MedicationNote, ...]:
    """What MED-08 to MED-13 tell of a list, for some ways of treatment: MED-11 is about nasal sprays only."""
    if listed is None:
        return (MedicationNote(kind="UNKNOWN", text=_NO_LIST),)
    return tuple(_notes(listed, formulary, sprayed=not SPRAYS.isdisjoint(modalities)))


def instructions_for(
    listed: Sequence[Medication], formulary: Formulary, modalities: Iterable[Modality], language: str | None
) -> tuple[str, ...]:
    """What patients themselves do on the day of treatment (MED-11, MED-12), in their language or in English."""
    classes = {about for one in listed for about in formulary.read(one).classes}
    if SPRAYS.isdisjoint(modalities):
        classes.discard("NASAL")
    return tuple(
        texts[chosen(tuple(texts), language, None)] for about, texts in _ON_THE_DAY.items() if about in classes
    )


def _notes(listed: Sequence[Medication], formulary: Formulary, *, sprayed: bool) -> Iterator[MedicationNote]:
    if unknown := tuple(unknown_names(listed, formulary)):
        yield MedicationNote(kind="UNKNOWN", text=_NO_NAME, medicines=unknown)
    classes = {one.name: formulary.read(one).classes for one in listed}
    for about, kind in _TOLD.items():
        taken = tuple(name for name, found in classes.items() if about in found)
        if taken and (sprayed or about != "NASAL"):
            yield MedicationNote(kind=kind, text=_NOTES[about], medicines=taken)
