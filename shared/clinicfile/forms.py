"""Questionnaires as data: sections, typed questions, branching, wording in several languages.

What a question asks becomes an observation by the name in `fills`: a fact of the vocabulary that patients tell, or one
of the dates and words from which facts are derived. A question without `fills` is kept for people to read.
"""

from collections.abc import Iterator
from typing import Annotated, Literal

from pydantic import Field

from shared.clinicfile.facts import VOCABULARY
from shared.clinicfile.policies import FilePart

Language = Annotated[str, Field(pattern=r"^[a-z]{2}(-[A-Z]{2})?$", description="such as en or es")]
Wording = Annotated[
    dict[Language, Annotated[str, Field(min_length=1, max_length=2000)]], Field(description="language -> text")
]
QuestionId = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,39}$")]
QuestionType = Literal["yes_no", "number", "date", "choice", "medications", "text"]
SaidWord = Literal["yes", "no", "unknown", "refused"]
Danger = Literal["LOW", "MODERATE", "HIGH"]

InstrumentName = Literal["PHQ9", "GAD7", "PCL5", "CSSRS_SCREEN", "AUDITC", "PAIN_NRS"]
"""Instruments whose wording may be shown (domain B.1)."""

NOT_SAID = ("unknown", "refused")
"""What every question but free text may be answered with: asked and not known, asked and not told. Neither is "no"."""
YES_NO_ANSWERS = ("yes", "no", *NOT_SAID)

MEDICATION_FACTS = (
    "takes_maoi", "takes_stimulant", "takes_cns_depressant", "takes_benzodiazepine", "benzodiazepine_mg",
    "takes_lamotrigine", "takes_theophylline",
)  # fmt: skip
"""What a list of medications answers (domain A.3)."""
DATES = ("cardiac_event_on", "negative_pregnancy_test_on")
_OWN_WORDS = ("pregnancy_possible",)


def _fillable() -> Iterator[tuple[str, QuestionType]]:
    kinds: dict[str, QuestionType] = {"bool": "yes_no", "int": "number", "float": "number", "choice": "choice"}
    yield from ((fact.name, kinds[fact.type]) for fact in VOCABULARY.values() if fact.source == "patient")
    yield from ((name, "yes_no") for name in _OWN_WORDS)
    yield from ((name, "date") for name in DATES)


FILLABLE: dict[str, QuestionType] = dict(_fillable())
"""What a question may fill, and the type that it has then."""


class Condition(FilePart):
    """An earlier question was answered with one of these: words of a yes/no question, or options of a choice."""

    question: QuestionId
    answers: Annotated[tuple[str, ...], Field(min_length=1)]


class Option(FilePart):
    """One answer of a choice. `danger` marks one that means danger to the patient, with its risk (domain A.6)."""

    id: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,39}$")]
    text: Wording
    danger: Danger | None = None


class Question(FilePart):
    """One question. It is shown if `show_if` is empty or one of its conditions holds; a hidden one counts as not asked.

    `danger` marks the words of a yes/no question that mean danger, with their risk; `concern` names the source of the
    safety concern that a dangerous answer opens, by default form and question.
    """

    id: QuestionId
    type: QuestionType
    text: Wording
    help: Wording = Field(default_factory=dict)
    fills: str | None = Field(None, description="the fact, date or word of the health questionnaire it becomes")
    required: bool = True
    show_if: tuple[Condition, ...] = ()
    options: tuple[Option, ...] = Field((), description="of a choice")
    danger: dict[SaidWord, Danger] = Field(default_factory=dict, description="of a yes/no question")
    concern: Annotated[str, Field(pattern=r"^[A-Z][A-Z0-9_-]{1,39}$")] | None = None
    unit: str | None = Field(None, max_length=20, description="of a number")
    low: float | None = Field(None, description="of a number: the smallest that is taken")
    high: float | None = Field(None, description="of a number: the largest that is taken")
    whole: bool = Field(False, description="of a number: without decimals")
    unscored: bool = Field(False, description="of PHQ-9 and GAD-7: asked after the items and kept, gives no points")

    @property
    def dangers(self) -> dict[str, Danger]:
        """Every answer that means danger, with its risk."""
        marked = ((option.id, option.danger) for option in self.options if option.danger)
        return dict[str, Danger]((*self.danger.items(), *marked))


class Section(FilePart):
    id: QuestionId
    title: Wording
    questions: Annotated[tuple[Question, ...], Field(min_length=1)]


class Contradiction(FilePart):
    """Answers that cannot all be true: whoever fills in the form is asked about them."""

    id: QuestionId
    answers: Annotated[tuple[Condition, ...], Field(min_length=2)]


class Words(FilePart):
    """How the four answers of a yes/no question are worded."""

    yes: Wording = Field({"en": "Yes", "es": "Sí"})
    no: Wording = Field({"en": "No", "es": "No"})
    unknown: Wording = Field({"en": "I do not know", "es": "No lo sé"})
    refused: Wording = Field({"en": "I would rather not say", "es": "Prefiero no decirlo"})


class Form(FilePart):
    """A questionnaire. `version` is raised with every change of meaning.

    `renderer_level` is what a frontend must be able to show: 1 questions of the types yes_no, number, date, choice and
    text; 2 also `show_if`; 3 also medications. `crisis` is shown with every dangerous answer, without a network.
    """

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    version: Annotated[int, Field(ge=1)]
    renderer_level: Annotated[int, Field(ge=1, le=3)]
    languages: Annotated[tuple[Language, ...], Field(min_length=1)]
    title: Wording
    words: Words = Words()
    crisis: Wording = Field(default_factory=dict)
    instrument: InstrumentName | None = Field(
        None, description="its questions that are not unscored are the instrument's items, in order"
    )
    lead: bool = Field(False, description="a public form: its questions are fields of a lead, the others its lines")
    sections: Annotated[tuple[Section, ...], Field(min_length=1)]
    contradictions: tuple[Contradiction, ...] = ()

    @property
    def questions(self) -> tuple[Question, ...]:
        """Every question, in the order in which they are asked."""
        return tuple(question for section in self.sections for question in section.questions)

    @property
    def items(self) -> tuple[Question, ...]:
        """The questions that give points, where the form is an instrument."""
        return tuple(question for question in self.questions if not question.unscored)

    def section_of(self, question_id: str) -> Section | None:
        """The section in which a question stands."""
        return next((one for one in self.sections if any(q.id == question_id for q in one.questions)), None)

    def question(self, question_id: str) -> Question | None:
        return next((question for question in self.questions if question.id == question_id), None)


class FormLine(FilePart):
    """One yes/no line of a lead form. Its answer is a route to a call, never an eligibility decision."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    text: str


class LeadForm(FilePart):
    """The public way in (shared/clinicfile/leads.py). `kind`: what comes next; who answered lines is called."""

    kind: Literal["web_lead", "appointment_request", "contact_lines"] = "web_lead"
    form: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")] | None = Field(
        None, description="one of the forms with lead: true; a plain one in English when left out"
    )
    lines: tuple[FormLine, ...] = Field((), description="of a file that names no form")
