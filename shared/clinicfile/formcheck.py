"""Checks of the forms of a clinic file beyond their shape: wording, branching, ranges, what fills what, danger."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from shared.clinicfile.facts import VOCABULARY, Fact
from shared.clinicfile.forms import FILLABLE, NOT_SAID, YES_NO_ANSWERS, Condition, Form, Question
from shared.clinicfile.issues import Issue, Path

_OF_TYPE = {
    "options": ("choice",), "danger": ("yes_no",), "unit": ("number",), "low": ("number",), "high": ("number",),
    "whole": ("number",),
}  # fmt: skip
_MUST_BE_DANGER = {"immediate_danger": "yes", "primary_indication": "SUICIDAL_IDEATION"}
ITEMS: dict[str, tuple[int, ...]] = {
    "PHQ9": (3,) * 9, "GAD7": (3,) * 7, "PCL5": (4,) * 20, "CSSRS_SCREEN": (1,) * 7, "AUDITC": (4,) * 3,
    "PAIN_NRS": (10,),
}  # fmt: skip
"""The most points of each item of an instrument."""
ASK_DIFFICULTY = ("PHQ9", "GAD7")
"""Instruments that end with a question how difficult it made daily life, 0 to 3; it is no item (domain B.1)."""
_SUICIDE_ITEMS: dict[str, dict[int, tuple[tuple[str, str], ...]]] = {
    "PHQ9": {8: (("1", "MODERATE"), ("2", "MODERATE"), ("3", "HIGH"))},
    "CSSRS_SCREEN": {
        item: (("yes", risk),)
        for item, risk in enumerate(("LOW", "LOW", "MODERATE", "HIGH", "HIGH", "MODERATE", "HIGH"))
    },
}
_CONCERNS = {"PHQ9": "PHQ9-ITEM9", "CSSRS_SCREEN": "CSSRS_SCREEN"}
_HELP_NUMBERS = ("988", "911")


def check_form(form: Form, at: Path) -> list[Issue]:
    """Every mistake of one form; `at` is its path."""
    places = {
        question.id: (*at, "sections", i, "questions", k)
        for i, section in enumerate(form.sections)
        for k, question in enumerate(section.questions)
    }
    return [
        *_ids(form, at),
        *_wordings(form, at),
        *_level(form, at),
        *_crisis(form, at),
        *(issue for question in form.questions for issue in _question(form, question, places[question.id])),
        *_contradictions(form, at),
        *(_instrument(form, form.instrument, at) if form.instrument else ()),
        *_unscored(form, at),
    ]


def _ids(form: Form, at: Path) -> Iterator[Issue]:
    groups: list[tuple[str, Iterable[str]]] = [
        ("sections", (section.id for section in form.sections)),
        ("sections", (question.id for question in form.questions)),
        ("sections", (f"fills: {question.fills}" for question in form.questions if question.fills)),
        ("contradictions", (one.id for one in form.contradictions)),
    ]
    for field, ids in groups:
        for name, count in Counter(ids).items():
            if count > 1:
                yield Issue((*at, field), f"has {name} {count} times", "let each stand once")
    if sum(question.type == "medications" for question in form.questions) > 1:
        yield Issue((*at, "sections"), "asks for medications more than once", "keep one list")


def _wordings(form: Form, at: Path) -> Iterator[Issue]:
    """Every text is there in every language of the form, and in no other; the four words may know more languages."""
    for path, wording in _texts(form.model_dump(exclude={"words"}), at):
        if wording and set(wording) != set(form.languages):
            yield Issue(path, "is not worded in the languages of the form", f"word it in {', '.join(form.languages)}")
    for word, wording in form.words:
        if missing := [language for language in form.languages if language not in wording]:
            yield Issue((*at, "words", word), f"is not worded in {', '.join(missing)}", "add it")


def _texts(value: Any, at: Path) -> Iterator[tuple[Path, Mapping[str, str]]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            if key in ("text", "title", "help", "crisis"):
                yield (*at, key), inner
            else:
                yield from _texts(inner, (*at, key))
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*at, index))


def _level(form: Form, at: Path) -> Iterator[Issue]:
    branches = any(question.show_if for question in form.questions)
    needed = 3 if any(question.type == "medications" for question in form.questions) else 2 if branches else 1
    if form.renderer_level != needed:
        yield Issue((*at, "renderer_level"), f"is {form.renderer_level}, but the form needs {needed}", "write that")


def _crisis(form: Form, at: Path) -> Iterator[Issue]:
    """Help is shown without a network, so that the form itself names it (domain A.6)."""
    if not any(question.dangers for question in form.questions):
        return
    if not form.crisis:
        yield Issue((*at, "crisis"), "is missing, and some answers mean danger", "word it, with 988 and 911")
    for language, text in form.crisis.items():
        for number in _HELP_NUMBERS:
            if number not in text:
                yield Issue((*at, "crisis", language), f"does not name {number}", "tell how to reach it")


def _question(form: Form, question: Question, at: Path) -> Iterator[Issue]:
    for field, types in _OF_TYPE.items():
        if question.type not in types and _given(getattr(question, field)):
            yield Issue((*at, field), f"does not fit the type {question.type}", f"use it for {', '.join(types)} only")
    yield from _options(question, at)
    yield from _range(question, at)
    yield from _shown(form, question, at)
    if question.fills is not None:
        yield from _fills(question, question.fills, at)


def _given(value: object) -> bool:
    return value is not None and value is not False and value not in ((), {})


def _options(question: Question, at: Path) -> Iterator[Issue]:
    ids = [option.id for option in question.options]
    if question.type == "choice" and len(set(ids)) < 2:
        yield Issue((*at, "options"), "has fewer than two answers", "give at least two")
    for name in sorted({name for name in ids if ids.count(name) > 1} | ({*ids} & {*NOT_SAID})):
        yield Issue((*at, "options"), f"has {name} twice", "unknown and refused are always there; name the rest once")


def _range(question: Question, at: Path) -> Iterator[Issue]:
    if question.low is not None and question.high is not None and question.low > question.high:
        yield Issue((*at, "low"), "is above high", "correct one of the two")


def _shown(form: Form, question: Question, at: Path) -> Iterator[Issue]:
    earlier = {q.id: q for q in form.questions[: form.questions.index(question)]}
    for index, condition in enumerate(question.show_if):
        yield from _condition(condition, earlier, (*at, "show_if", index), "earlier question")


def _condition(condition: Condition, known: Mapping[str, Question], at: Path, what: str) -> Iterator[Issue]:
    asked = known.get(condition.question)
    if asked is None:
        yield Issue((*at, "question"), f"is {condition.question}, which is no {what}", f"name an {what}")
        return
    possible = possible_answers(asked)
    for index, answer in enumerate(condition.answers):
        if answer not in possible:
            yield Issue((*at, "answers", index), f"is {answer}, no answer of {asked.id}", f"use {', '.join(possible)}")


def possible_answers(question: Question) -> tuple[str, ...]:
    """The answers that can be listed: words of a yes/no question, options of a choice, and that nothing is said."""
    if question.type == "yes_no":
        return YES_NO_ANSWERS
    return (*(option.id for option in question.options), *NOT_SAID)


def _fills(question: Question, name: str, at: Path) -> Iterator[Issue]:
    if name not in FILLABLE:
        yield Issue((*at, "fills"), f"is {name}, which no question fills", f"use one of {', '.join(FILLABLE)}")
        return
    if FILLABLE[name] != question.type:
        yield Issue((*at, "fills"), f"is {name}, which a {FILLABLE[name]} question fills", "change type or fills")
        return
    if fact := VOCABULARY.get(name):
        yield from _in_range(question, fact, at)
    if (dangerous := _MUST_BE_DANGER.get(name)) and _can_be(question, dangerous) and dangerous not in question.dangers:
        yield Issue(at, f"does not mark {dangerous} as danger", "mark it, with its risk (domain A.6)")


def _in_range(question: Question, fact: Fact, at: Path) -> Iterator[Issue]:
    for index, option in enumerate(question.options):
        if option.id not in fact.choices:
            yield Issue((*at, "options", index, "id"), f"is {option.id}, which {fact.name} cannot be",
                        f"use {', '.join(fact.choices)}")  # fmt: skip
    if question.type != "number":
        return
    if question.low is None or question.high is None or not (fact.accepts_span(question.low, question.high)):
        yield Issue(at, f"takes numbers outside {fact.low:g} to {fact.high:g}", "set low and high inside")
    if fact.type == "int" and not question.whole:
        yield Issue((*at, "whole"), f"is false, but {fact.name} is counted", "write true")
    if question.unit != fact.unit:
        yield Issue((*at, "unit"), f"is not that of {fact.name}", f"write {fact.unit}")


def _can_be(question: Question, answer: str) -> bool:
    return answer in possible_answers(question)


def _contradictions(form: Form, at: Path) -> Iterator[Issue]:
    known = {question.id: question for question in form.questions}
    for index, one in enumerate(form.contradictions):
        for k, condition in enumerate(one.answers):
            yield from _condition(condition, known, (*at, "contradictions", index, "answers", k), "question")


def _instrument(form: Form, name: str, at: Path) -> Iterator[Issue]:
    """The items of an instrument, in order, with their points; what means danger is marked with its risk (A.6)."""
    highest = ITEMS[name]
    if len(form.items) != len(highest):
        yield Issue((*at, "instrument"), f"is {name}, which has {len(highest)} items", "ask one question for each")
        return
    for question, most in zip(form.items, highest, strict=True):
        if not _gives_points(question, most):
            yield Issue((*at, "sections"), f"has {question.id}, which does not give 0 to {most} points", "correct it")
        if question.fills or question.type == "medications":
            yield Issue((*at, "sections"), f"has {question.id}, which fills a fact", "leave fills out")
    for item, marked in _SUICIDE_ITEMS.get(name, {}).items():
        question = form.items[item]
        if not {*marked} <= {*question.dangers.items()} or question.concern != _CONCERNS[name]:
            yield Issue(
                (*at, "sections"), f"has {question.id}, which does not mark danger as {dict(marked)}",
                f"mark it, with concern: {_CONCERNS[name]} (domain A.6)",
            )  # fmt: skip


def _unscored(form: Form, at: Path) -> Iterator[Issue]:
    """Only the question after the items of PHQ-9 and GAD-7 is kept beside them: any other would be lost."""
    for question in form.questions:
        if not question.unscored:
            continue
        last = question is form.questions[-1] and len(form.items) == len(form.questions) - 1
        fits = question.type == "choice" and _gives_points(question, 3) and not (question.fills or question.dangers)
        if form.instrument not in ASK_DIFFICULTY or not last or not fits:
            yield Issue(
                (*at, "sections"), f"has {question.id}, which is unscored",
                f"ask it once, at the end of {' or '.join(ASK_DIFFICULTY)}, as a choice of 0 to 3",
            )  # fmt: skip


def _gives_points(question: Question, most: int) -> bool:
    if question.type == "choice":
        return [option.id for option in question.options] == [str(points) for points in range(most + 1)]
    if question.type == "number":
        return (question.low, question.high, question.whole) == (0, most, True)
    return question.type == "yes_no" and most == 1
