"""Forms as a frontend shows them, in one language, without knowing any of them."""

from uuid import UUID

from pydantic import BaseModel, Field

from shared.clinicfile.forms import InstrumentName, Language, QuestionType


class FormSummary(BaseModel):
    """A form that there is."""

    form: str
    version: int
    renderer_level: int
    languages: tuple[str, ...]
    title: str
    instrument: InstrumentName | None = None


class FormsView(BaseModel):
    """The forms of a clinic, in the language asked for where they are worded in it."""

    clinic_id: UUID
    forms: tuple[FormSummary, ...]


class ShownIfView(BaseModel):
    """An earlier question that was answered with one of `answers`."""

    question: str
    answers: tuple[str, ...]


class FormAnswerView(BaseModel):
    """An answer to be offered; `value` is what is sent. `crisis`: help to be shown at once when it is chosen, without
    waiting for an answer of the service."""

    value: str
    text: str
    danger: bool = False
    crisis: str | None = None


class QuestionView(BaseModel):
    """A question. It is shown if `show_if` is empty or one of its conditions holds.

    What is sent: for `yes_no` and `choice` a value of `answers`; for `number` a JSON number from `low` to `high` in
    `unit`; for `date` a day such as 2026-11-20; for `medications` a list, which is empty when none is taken; for `text`
    a text. Each but `text` may be answered with the values in `answers` that say nothing: unknown, refused.
    """

    id: str
    type: QuestionType
    text: str
    help: str | None = None
    required: bool
    show_if: tuple[ShownIfView, ...] = ()
    answers: tuple[FormAnswerView, ...] = ()
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    whole: bool = False


class SectionView(BaseModel):
    id: str
    title: str
    questions: tuple[QuestionView, ...]


class FormDocument(BaseModel):
    """A form in one language: everything that a frontend needs to show it.

    `renderer_level`: 1 questions of the types yes_no, number, date, choice and text; 2 also `show_if`; 3 also
    medications. A frontend that is below it says so instead of showing a part. `crisis` is the help that dangerous
    answers show.
    """

    form: str
    version: int
    renderer_level: int
    language: Language
    languages: tuple[str, ...]
    title: str
    instrument: InstrumentName | None = None
    crisis: str | None = Field(None, description="to be kept with the form, for a device without a network")
    sections: tuple[SectionView, ...]
