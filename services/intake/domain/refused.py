"""What means danger in answers that were refused (domain A.6).

An answer counts that is well-formed by itself and that means danger where it is taken, whatever is wrong with the rest
of what was sent; so do words of crisis in what somebody wrote. Nothing else is read, and nothing of it is kept.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import Field, TypeAdapter, ValidationError

from services.intake.domain.checkin import concerns_of_thoughts
from services.intake.domain.formanswers import dangers
from services.intake.domain.instruments import CATALOGUE, InstrumentCode, score
from services.intake.domain.observations import Answer, HealthAnswers, Indication, Phq9Item
from services.intake.domain.phq9 import ITEMS, PHQ9
from services.intake.domain.safety import Concern, concerns_of_answers, concerns_of_item9, concerns_of_screener
from shared.clinicfile.forms import Form

Body = Mapping[str, Any]
T = TypeVar("T")
Reader = Callable[[Body, str, Sequence[Form]], Iterable[Concern]]
"""From a body, the code in its path (of an instrument or a form) and forms to what means danger in it."""

_ITEM9: TypeAdapter[int] = TypeAdapter(Phq9Item)
_YES_NO: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=0, le=1)])
_THOUGHTS: TypeAdapter[str] = TypeAdapter(Literal["yes", "no", "unknown"])
_ID: TypeAdapter[UUID] = TypeAdapter(UUID)
_VERSION: TypeAdapter[int] = TypeAdapter(Annotated[int, Field(ge=1, le=2**31 - 1)])
_LOOKED_AT = 20_000  # characters under one name: five times the longest text that is taken
_TELLING: Mapping[str, str] = {
    "immediate_danger": Answer.YES, "primary_indication": Indication.SUICIDAL_IDEATION,
}  # fmt: skip


def body_of(sent: bytes) -> Body | None:
    """What was sent, if it is a JSON object."""
    try:
        body = json.loads(sent)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def clinic_in(body: Body) -> UUID | None:
    """The clinic that is named as the place of care, if it can be understood."""
    return _said(_ID, body.get("clinic_id"))


def version_in(body: Body) -> int | None:
    """The version of the form that was shown, if it can be understood."""
    return _said(_VERSION, body.get("form_version"))


def dangers_in(operation: str, code: str, body: Body, forms: Sequence[Form]) -> tuple[Concern, ...]:
    """The concerns of a refused request. `forms`: for a draft its form in the versions that may have been shown, for
    health questions all of the clinic."""
    reader = READERS.get(operation)
    return tuple(reader(body, code, forms)) if reader else ()


def texts_in(operation: str, body: Body, forms: Sequence[Form]) -> dict[str, str]:
    """What somebody wrote in a refused request, by where it stands when it is taken. In a draft that is the question,
    if its form has that: a name that somebody made up is not repeated."""
    written: dict[str, list[str]] = {}
    for where, text in _written(operation, body, forms):
        if isinstance(text, str):
            written.setdefault(where, []).append(text)
    return {where: "\n".join(texts)[:_LOOKED_AT] for where, texts in written.items()}


def _written(operation: str, body: Body, forms: Sequence[Form]) -> Iterable[tuple[str, Any]]:
    match operation:
        case "submitCheckIn":
            return [("CHECK_IN_NOTE", body.get("note"))]
        case "writeReflection":
            return [("REFLECTION", body.get("text"))]
        case "saveAnswers":
            known = {question.id: f"{form.id}/{question.id}" for form in forms for question in form.questions}
            return [(known.get(one["question"], "DRAFT"), one.get("answer")) for one in _given(body)]
        case _:
            return ()


def _said(kind: TypeAdapter[T], value: Any) -> T | None:
    try:
        return kind.validate_python(value)
    except ValidationError:
        return None


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _plain(name: Any) -> str:
    """A code however it is written: `phq-9` is PHQ9."""
    return "".join(character for character in str(name).upper() if character.isalnum())


def _phq9(body: Body, code: str, forms: Sequence[Form]) -> Iterable[Concern]:
    """Item 9 by its place, on a sheet that is not said to be of another instrument."""
    answers = _list(body.get("answers"))
    if _plain(body.get("instrument", PHQ9)) != PHQ9 or len(answers) < ITEMS:
        return ()
    return concerns_of_item9(_said(_ITEM9, answers[ITEMS - 1]))


def _instrument(body: Body, code: str, forms: Sequence[Form]) -> Iterable[Concern]:
    """Every yes of the Columbia screener by its place, also on a sheet cut short; a PHQ-9 that was sent here."""
    if _plain(code) == PHQ9:
        return _phq9(body, code, forms)
    if _plain(code) != _plain(InstrumentCode.CSSRS_SCREEN):
        return ()
    items = len(CATALOGUE[InstrumentCode.CSSRS_SCREEN].highest)
    points = [_said(_YES_NO, value) for value in _list(body.get("answers"))[:items]]
    return concerns_of_screener(score(InstrumentCode.CSSRS_SCREEN, [*points, *[None] * (items - len(points))]).risk)


def _questions(body: Body, code: str, forms: Sequence[Form]) -> Iterable[Concern]:
    """Health questions by their names: what opens a concern when it is taken, and what the clinic's forms mark."""
    answers = body.get("answers")
    if not isinstance(answers, dict):
        return ()
    told = {name: value for name, value in _TELLING.items() if answers.get(name) == value}
    marked = (
        concern
        for form in forms
        for question in form.questions
        if question.fills in answers
        for concern in dangers(form, {question.id: answers[question.fills]})
    )
    return (*concerns_of_answers(HealthAnswers.model_validate(told)), *marked)


def _check_in(body: Body, code: str, forms: Sequence[Form]) -> Iterable[Concern]:
    thoughts = _said(_THOUGHTS, body.get("unsafe_thoughts"))
    return concerns_of_thoughts(thoughts) if thoughts else ()


def _draft(body: Body, code: str, forms: Sequence[Form]) -> Iterable[Concern]:
    """What the form marks, however much else was sent."""
    marked = {(question.id, value) for form in forms for question in form.questions for value in question.dangers}
    given = {(one["question"], value) for one in _given(body) if isinstance(value := one.get("answer"), str)}
    return [c for question, value in sorted(given & marked) for form in forms for c in dangers(form, {question: value})]


def _given(body: Body) -> list[Mapping[str, Any]]:
    """The answers of a draft that name a question."""
    return [one for one in _list(body.get("answers")) if isinstance(one, dict) and isinstance(one.get("question"), str)]


READERS: Mapping[str, Reader] = {
    "submitAssessment": _phq9, "submitInstrument": _instrument, "submitQuestionnaire": _questions,
    "submitCheckIn": _check_in, "saveAnswers": _draft,
}  # fmt: skip
"""By operation id, every route whose body holds answers that open a concern when they are taken."""
