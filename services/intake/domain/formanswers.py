"""Answers to a form: which questions are asked, what is wrong with an answer, what the answers become."""

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from hashlib import sha256
from typing import Any

from pydantic import TypeAdapter, ValidationError

from services.intake.domain.leadform import Flaw
from services.intake.domain.medications import MOST_MEDICATIONS, Medication
from services.intake.domain.printable import is_printable
from services.intake.domain.register import Answers
from services.intake.domain.safety import Concern, Risk
from shared.clinicfile.formcheck import possible_answers
from shared.clinicfile.forms import NOT_SAID, Condition, Form, Question

LONGEST_TEXT = 4000
_LIST = TypeAdapter(list[Medication])


def asked(form: Form, answers: Answers) -> list[Question]:
    """The questions that are to be answered, given these answers: without those that branching hides."""
    shown: dict[str, Question] = {}
    for question in form.questions:
        if not question.show_if or any(_holds(condition, shown, answers) for condition in question.show_if):
            shown[question.id] = question
    return list(shown.values())


def _holds(condition: Condition, shown: Mapping[str, Question], answers: Answers) -> bool:
    return condition.question in shown and answers.get(condition.question) in condition.answers


def fingerprint(form: Form, question: Question) -> str:
    """Equal for two versions of a question that ask the same; where, when and with which help does not count.

    Above the items of an instrument stands the time that they are about: that is a part of each.
    """
    meaning = question.model_dump(mode="json", exclude={"help", "show_if", "danger", "concern", "required", "unscored"})
    for option in meaning["options"]:
        del option["danger"]
    if form.instrument and (section := form.section_of(question.id)):
        meaning["section"] = section.title
    return sha256(json.dumps(meaning, sort_keys=True).encode()).hexdigest()[:16]


def asked_again(form: Form, answers: Answers, given: Mapping[str, str]) -> list[str]:
    """Questions that were answered when they asked something else; `given` has the fingerprint of each answer."""
    return [q.id for q in asked(form, answers) if q.id in answers and given.get(q.id) != fingerprint(form, q)]


def unanswered(form: Form, answers: Answers) -> list[str]:
    """Questions that need an answer and have none."""
    return [q.id for q in asked(form, answers) if q.required and q.id not in answers]


def wrong(form: Form, answers: Answers, born: date, today: date) -> list[Flaw]:
    """Everything that is wrong with the answers to the questions asked, one flaw each; pointers are `/answers/ID`."""
    found = [flaw for question in asked(form, answers) for flaw in _wrong(question, answers, born, today)]
    return found or [*_contradictory(form, answers), *_skipped(form, answers)]


def _wrong(question: Question, answers: Answers, born: date, today: date) -> Iterator[Flaw]:
    pointer, answer = f"/answers/{question.id}", answers.get(question.id)
    if answer is None:
        if question.required:
            yield Flaw(pointer, "MISSING", {})
    elif question.type == "text":
        yield from _text(answer, pointer)
    elif answer not in NOT_SAID:
        yield from _of_type(question, answer, pointer, born, today)


def _of_type(question: Question, answer: Any, pointer: str, born: date, today: date) -> Iterator[Flaw]:
    match question.type:
        case "number":
            yield from _number(question, answer, pointer)
        case "date":
            yield from _day(answer, pointer, born, today)
        case "medications":
            yield from _medications(answer, pointer)
        case _:
            possible = possible_answers(question)
            if answer not in possible:
                yield Flaw(pointer, "NOT_AN_ANSWER", {"answers": [*possible]})


def _text(answer: Any, pointer: str) -> Iterator[Flaw]:
    if not isinstance(answer, str):
        yield Flaw(pointer, "NOT_A_TEXT", {})
    elif len(answer) > LONGEST_TEXT:
        yield Flaw(pointer, "TOO_LONG", {"max_length": LONGEST_TEXT})
    elif not is_printable(answer, also="\n\t"):
        yield Flaw(pointer, "NOT_PRINTABLE", {"detail": "Leave out control characters."})


def _number(question: Question, answer: Any, pointer: str) -> Iterator[Flaw]:
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        yield Flaw(pointer, "NOT_A_NUMBER", {"unit": question.unit})
    elif question.whole and answer != int(answer):
        yield Flaw(pointer, "NOT_WHOLE", {"unit": question.unit})
    elif (question.low is not None and answer < question.low) or (question.high is not None and answer > question.high):
        yield Flaw(pointer, "OUT_OF_RANGE", {"low": question.low, "high": question.high, "unit": question.unit})


def _day(answer: Any, pointer: str, born: date, today: date) -> Iterator[Flaw]:
    try:
        day = date.fromisoformat(answer) if isinstance(answer, str) else None
    except ValueError:
        day = None
    if day is None or day.isoformat() != answer:
        yield Flaw(pointer, "NOT_A_DATE", {"detail": "Send a date as 2030-01-31."})
    elif day < born:
        yield Flaw(pointer, "BEFORE_BIRTH", {})
    elif day > today:
        yield Flaw(pointer, "IN_THE_FUTURE", {})


def _medications(answer: Any, pointer: str) -> Iterator[Flaw]:
    if not isinstance(answer, list):
        yield Flaw(pointer, "NOT_A_LIST", {})
    elif len(answer) > MOST_MEDICATIONS:
        yield Flaw(pointer, "TOO_MANY", {"max_length": MOST_MEDICATIONS})
    else:
        yield from _each(answer, pointer)


def _each(answer: Sequence[Any], pointer: str) -> Iterator[Flaw]:
    try:
        _LIST.validate_python(answer)
    except ValidationError as error:
        for detail in error.errors(include_url=False, include_input=False, include_context=False):
            where = "".join(f"/{step}" for step in detail["loc"] if isinstance(step, int) or step in _FIELDS)
            yield Flaw(pointer + where, _CODES.get(detail["type"], "NOT_VALID"), {})


_FIELDS = frozenset(Medication.model_fields)
_CODES = {
    "missing": "MISSING", "extra_forbidden": "UNKNOWN_FIELD", "string_too_short": "MISSING",
    "string_too_long": "TOO_LONG", "not_printable": "NOT_PRINTABLE", "literal_error": "NOT_AN_ANSWER",
    "greater_than": "OUT_OF_RANGE", "greater_than_equal": "OUT_OF_RANGE", "less_than_equal": "OUT_OF_RANGE",
}  # fmt: skip


def _contradictory(form: Form, answers: Answers) -> Iterator[Flaw]:
    """Answers that cannot all be true are asked about: each is named, with the others (A.8)."""
    shown = {question.id: question for question in asked(form, answers)}
    for one in form.contradictions:
        if all(_holds(condition, shown, answers) for condition in one.answers):
            questions = [condition.question for condition in one.answers]
            for question in questions:
                others = [other for other in questions if other != question]
                yield Flaw(f"/answers/{question}", "CONTRADICTORY", {"with": others, "contradiction": one.id})


def _skipped(form: Form, answers: Answers) -> Iterator[Flaw]:
    """Points of an instrument's item although an earlier answer skips it, such as drinks of somebody who never drinks:
    one of the two is wrong, and both are named. A yes of a suicide screen is none of these, it counts (A.8)."""
    shown = {question.id for question in asked(form, answers)}
    given = [q for q in form.items if q.id not in shown and _has_points(q, answers.get(q.id))]
    named = {q.id for q in given} | {condition.question for q in given for condition in q.show_if}
    if form.instrument:
        for question in (q.id for q in form.items if q.id in named):
            others = [q.id for q in form.items if q.id in named and q.id != question]
            yield Flaw(f"/answers/{question}", "CONTRADICTORY", {"with": others, "contradiction": "skipped"})


def _has_points(question: Question, answer: Any) -> bool:
    return question.type == "choice" and answer in [option.id for option in question.options] and answer != "0"


def dangers(form: Form, answers: Answers) -> tuple[Concern, ...]:
    """The safety concerns of answers that the form marks as danger, whether or not their question is asked (A.6)."""
    return tuple(
        Concern(risk=Risk(risk), source=question.concern or f"{form.id}/{question.id}")
        for question in form.questions
        for value, risk in question.dangers.items()
        if answers.get(question.id) == value
    )


def observed_as(form: Form, answers: Answers) -> dict[str, str]:
    """What the answers to the questions asked become: fields of the health questionnaire, each with its question."""
    names = {q.id: "medications" if q.type == "medications" else q.fills for q in asked(form, answers)}
    return {name: question for question, name in names.items() if name and question in answers}


def points(form: Form, answers: Answers) -> tuple[int | None, ...]:
    """The points of an instrument's items, in order; None for one that was hidden, or answered with nothing said.

    A yes counts although another answer hides its question: contradictory answers count as yes (A.8).
    """
    shown = {question.id for question in asked(form, answers)}
    return tuple(
        _points(answers.get(q.id)) if q.id in shown or answers.get(q.id) == "yes" else None for q in form.items
    )


def difficulty(form: Form, answers: Answers) -> int | None:
    """How difficult it made daily life, 0 to 3, where an instrument asks that; it gives no points (B.1)."""
    return next((_points(answers.get(question.id)) for question in form.questions if question.unscored), None)


def _points(answer: Any) -> int | None:
    if answer in ("yes", "no"):
        return int(answer == "yes")
    return None if answer is None or answer in NOT_SAID else int(answer)
