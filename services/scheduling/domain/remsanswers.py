"""What people say for the programme's form beside the record, what is missing, and where the form stands (H.5)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from services.scheduling.domain.remsform import NO, YES, FilledField, Origin, RemsField

NONE_TAKEN, NOT_TAKEN = "NONE", "NOT_TAKEN"


class MedicineClass(StrEnum):
    """Medicines taken beside that the programme asks for (MED-01 to MED-04). Edition 1 has no opioids."""

    BENZODIAZEPINE = "BENZODIAZEPINE"
    MAOI = "MAOI"
    OPIOID = "OPIOID"
    PSYCHOSTIMULANT = "PSYCHOSTIMULANT"
    SEDATIVE_HYPNOTIC = "SEDATIVE_HYPNOTIC"


Pressure = Literal[RemsField.PRESSURE_BEFORE, RemsField.PRESSURE_AT_40_MIN, RemsField.PRESSURE_BEFORE_LEAVING]
Judgement = Annotated[bool | None, Field(description="null: nobody says so")]
JUDGED: Mapping[RemsField, str] = {
    RemsField.VITALS_ACCEPTABLE_BEFORE: "vitals_acceptable_before",
    RemsField.VITALS_ACCEPTABLE_AT_END: "vitals_acceptable_at_end",
    RemsField.SEDATION: "sedation",
    RemsField.DISSOCIATION: "dissociation",
    RemsField.RESPIRATORY_DEPRESSION: "respiratory_depression",
    RemsField.SERIOUS_ADVERSE_EVENT: "serious_adverse_event",
}


class RemsAnswers(BaseModel):
    """What is said for the form. A pressure that nobody took is named in `not_taken`; one on record counts instead."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    vitals_acceptable_before: Judgement = None
    vitals_acceptable_at_end: Judgement = None
    sedation: Judgement = None
    dissociation: Judgement = None
    respiratory_depression: Judgement = None
    serious_adverse_event: Judgement = None
    monitored_by: Annotated[str, Field(min_length=2, max_length=120, pattern=r"^[^\x00-\x1f\x7f]+$")] | None = None
    concomitant: Annotated[tuple[MedicineClass, ...], Field(max_length=5)] | None = Field(
        None, description="medicines of these classes were taken beside; an empty list: none"
    )
    not_taken: Annotated[tuple[Pressure, ...], Field(max_length=3)] = ()


class Teller(BaseModel):
    """Who said something for the form, and when."""

    model_config = ConfigDict(frozen=True)

    by: str
    at: datetime


class RemsDraft(BaseModel):
    """Everything that was said so far, and by whom, per name of an answer. Kept sealed."""

    model_config = ConfigDict(frozen=True)

    answers: RemsAnswers = RemsAnswers()
    told: dict[str, Teller] = {}

    def with_answers(self, said: RemsAnswers, teller: Teller) -> "RemsDraft":
        """The same with what is said now; what is left out stays as it was, null takes it back."""
        names = said.model_fields_set & RemsAnswers.model_fields.keys()
        answers = self.answers.model_copy(update={name: getattr(said, name) for name in names})
        return RemsDraft(answers=answers, told={**self.told, **dict.fromkeys(names, teller)})


class RemsContent(BaseModel):
    """The form as it is written out. `missing`: starred fields that nobody could fill in when it was sent all the same.

    `reason`: of a correction, as a code. Kept sealed.
    """

    model_config = ConfigDict(frozen=True)

    edition: int
    fields: tuple[FilledField, ...]
    missing: tuple[RemsField, ...] = ()
    reason: str | None = None

    @property
    def values(self) -> dict[RemsField, str]:
        """What is written into each field."""
        return {one.field: one.value for one in self.fields}


class FormStage(StrEnum):
    """H.5: READY when all starred fields are filled in; a correction is a further version of what was sent."""

    DRAFT = "DRAFT"
    READY = "READY"
    SUBMITTED = "SUBMITTED"
    CORRECTED = "CORRECTED"


def fields_of(edition: int) -> list[RemsField]:
    """The fields of an edition of the form; the first does not ask for respiratory depression."""
    return [field for field in RemsField if edition > 1 or field is not RemsField.RESPIRATORY_DEPRESSION]


def written(on_record: Iterable[FilledField], draft: RemsDraft, edition: int) -> RemsContent:
    """The form as it stands. Of a judgement what somebody said counts, and what the record says otherwise is shown
    beside it; of everything else the record counts."""
    record = {one.field: one for one in on_record}
    said = {one.field: one for one in _said(draft, edition)}
    fields = fields_of(edition)
    filled = tuple(one for field in fields if (one := _field(record.get(field), said.get(field))) is not None)
    have = {one.field for one in filled}
    return RemsContent(edition=edition, fields=filled, missing=tuple(one for one in fields if one not in have))


def _field(recorded: FilledField | None, said: FilledField | None) -> FilledField | None:
    if said is None or (recorded is not None and (said.value in (NOT_TAKEN, recorded.value))):
        return recorded
    return said if recorded is None else said.model_copy(update={"recorded": recorded.value})


def _said(draft: RemsDraft, edition: int) -> Iterator[FilledField]:
    answers = draft.answers
    for field, name in JUDGED.items():
        judged = getattr(answers, name)
        if judged is not None:
            yield _by(draft, name, field, YES if judged else NO)
    if answers.monitored_by is not None:
        yield _by(draft, "monitored_by", RemsField.MONITORED_BY, answers.monitored_by)
    if answers.concomitant is not None:
        asked = sorted({one for one in answers.concomitant if edition > 1 or one is not MedicineClass.OPIOID})
        yield _by(draft, "concomitant", RemsField.CONCOMITANT_MEDICINES, ", ".join(asked) or NONE_TAKEN)
    for pressure in answers.not_taken:
        yield _by(draft, "not_taken", pressure, NOT_TAKEN)


def _by(draft: RemsDraft, name: str, field: RemsField, value: str) -> FilledField:
    teller = draft.told[name]
    return FilledField(field=field, value=value, origin=Origin.STAFF, at=teller.at, by=teller.by)


def stage(content: RemsContent, versions: int) -> FormStage:
    """Where the form stands; `versions` counts what was sent."""
    if versions == 0:
        return FormStage.DRAFT if content.missing else FormStage.READY
    return FormStage.SUBMITTED if versions == 1 else FormStage.CORRECTED


def changed_since(sent: RemsContent, now: RemsContent) -> list[RemsField]:
    """The fields whose value is another one than was sent, such as after an entry was moved: a correction is due."""
    before, after = sent.values, now.values
    return [field for field in RemsField if before.get(field) != after.get(field)]


_MEASURED = ("recordObservation", "fillRemsForm")
_SAID = ("fillRemsForm",)
_DOSED = ("useDevice",)
ASKING: Mapping[RemsField, tuple[str, Sequence[str]]] = {
    RemsField.TREATED_ON: ("The day of the session is not on record.", _DOSED),
    RemsField.DOSE_MG: ("No device is on record: record those that were used.", _DOSED),
    RemsField.LOTS: ("No lot is on record: record the devices that were used.", _DOSED),
    RemsField.MINUTES_MONITORED: ("The end of the session is not on record.", ("discharge", "abortSession")),
    RemsField.VITALS_ACCEPTABLE_BEFORE: ("Say whether vital signs were acceptable before the dose.", _SAID),
    RemsField.PRESSURE_BEFORE: ("Record the pressure before the first device, or say that none was taken.", _MEASURED),
    RemsField.PRESSURE_AT_40_MIN: ("Record the pressure at 35 to 45 min, or say that none was taken.", _MEASURED),
    RemsField.PRESSURE_BEFORE_LEAVING: ("Record the last pressure before leaving, or that none was taken.", _MEASURED),
    RemsField.VITALS_ACCEPTABLE_AT_END: ("Say whether vital signs were acceptable at the end.", _SAID),
    RemsField.SEDATION: ("Say whether the patient was sedated: nobody scored it at the peak.", _SAID),
    RemsField.DISSOCIATION: ("Say whether the patient dissociated: scores leave it open, or there is none.", _SAID),
    RemsField.RESPIRATORY_DEPRESSION: ("Say whether breathing was depressed: measurements leave it open.", _SAID),
    RemsField.SERIOUS_ADVERSE_EVENT: ("Say whether a serious adverse event happened.", _SAID),
    RemsField.MONITORED_BY: ("Say who monitored the patient: several people recorded, or nobody.", _SAID),
    RemsField.CONCOMITANT_MEDICINES: ("Say which of the medicines asked for were taken beside, or none.", _SAID),
}
"""What is missing in words, and the acts (operation ids) that fill it in."""
