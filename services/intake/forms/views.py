"""How forms are shown: one language, every answer worded."""

from services.intake.schemas.forms import (
    FormAnswerView,
    FormDocument,
    FormSummary,
    QuestionView,
    SectionView,
    ShownIfView,
)
from shared.clinicfile.forms import NOT_SAID, Form, Question


def summary_of(form: Form, language: str) -> FormSummary:
    return FormSummary(
        form=form.id, version=form.version, renderer_level=form.renderer_level, languages=form.languages,
        title=form.title[language],
        instrument=form.instrument,
    )  # fmt: skip


def document_of(form: Form, language: str) -> FormDocument:
    """The whole form; `language` is one that it is worded in."""
    return FormDocument(
        **dict(summary_of(form, language)),
        language=language,
        crisis=form.crisis.get(language),
        sections=tuple(
            SectionView(
                id=section.id, title=section.title[language],
                questions=tuple(_question(form, question, language) for question in section.questions),
            )
            for section in form.sections
        ),
    )  # fmt: skip


def _question(form: Form, question: Question, language: str) -> QuestionView:
    return QuestionView(
        id=question.id, type=question.type, text=question.text[language], help=question.help.get(language),
        required=question.required,
        show_if=tuple(ShownIfView(question=c.question, answers=c.answers) for c in question.show_if),
        answers=_answers(form, question, language), unit=question.unit, low=question.low, high=question.high,
        whole=question.whole,
    )  # fmt: skip


def _answers(form: Form, question: Question, language: str) -> tuple[FormAnswerView, ...]:
    if question.type == "text":
        return ()
    words = {word: wording[language] for word, wording in form.words}
    said = [(option.id, option.text[language]) for option in question.options]
    if question.type == "yes_no":
        said = [(word, words[word]) for word in ("yes", "no")]
    unsaid = () if form.lead else NOT_SAID
    return tuple(
        FormAnswerView(
            value=value, text=text, danger=value in question.dangers,
            crisis=form.crisis[language] if value in question.dangers else None,
        )
        for value, text in (*said, *((word, words[word]) for word in unsaid))
    )  # fmt: skip
