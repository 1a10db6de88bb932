"""Forms that are being filled in: answers to save, a draft, what came of it."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from services.intake.domain.formanswers import LONGEST_TEXT
from services.intake.domain.medications import MOST_MEDICATIONS
from services.intake.domain.observations import Source
from services.intake.domain.safety import Crisis
from services.intake.schemas.fields import CareClinic, FilledIn, Moment, Request
from services.intake.schemas.screening import ObservationView
from shared.clinicfile.forms import QuestionId
from shared.http import Instant
from shared.http.examples import example

_FIELDS, _LONGEST_FIELD, _LARGEST = 10, 200, 10**12
_SHAPE: dict[str, Any] = {
    "anyOf": [
        {"type": "string", "maxLength": LONGEST_TEXT},
        {"type": "number"},
        {"type": "array", "maxItems": MOST_MEDICATIONS, "items": {"type": "object"}},
        {"type": "null"},
    ]
}


def _answer(value: Any) -> Any:
    """Anything that could be an answer to some question; what it is worth is looked at when the form is sent in."""
    if isinstance(value, list):
        return _list(value)
    if not _plain(value, LONGEST_TEXT):
        raise PydanticCustomError("not_an_answer", "Send a text, a number, a list of medications, or null.")
    return value


def _plain(value: Any, longest: int) -> bool:
    if isinstance(value, str):
        return len(value) <= longest
    if isinstance(value, bool):
        return False
    return value is None or (isinstance(value, int | float) and abs(value) <= _LARGEST)


def _list(value: list[Any]) -> list[Any]:
    if len(value) > MOST_MEDICATIONS:
        raise PydanticCustomError("too_many", "Send at most 200 medications.")
    if not all(isinstance(item, dict) and _small(item) for item in value):
        raise PydanticCustomError("not_an_answer", "Send medications as objects with short fields.")
    return value


def _small(item: dict[Any, Any]) -> bool:
    fields = (*item.keys(), *item.values())
    return len(item) <= _FIELDS and all(_plain(field, _LONGEST_FIELD) for field in fields)


AnswerValue = Annotated[
    Any, AfterValidator(_answer), WithJsonSchema(_SHAPE),
    Field(description="as the question's type wants it; null: taken back"),
]  # fmt: skip


class SavedAnswer(Request):
    """An answer as it was given. `answered_at` is the device's own time, so that answers may be sent late."""

    question: QuestionId
    answer: AnswerValue
    answered_at: Moment


class DraftRequest(Request):
    """Answers to keep, in any order; of two answers to a question the one given last counts.

    `form_version`: the version that was shown, by default the one that the draft has. `device` tells devices of one
    person apart. An answer that was sent before may be sent again.
    """

    model_config = example(
        {
            "form_version": 1,
            "device": "phone-1",
            "answers": [
                {"question": "pregnant", "answer": "no", "answered_at": "2026-11-20T09:30:00-07:00"},
                {"question": "failed_antidepressants", "answer": 2, "answered_at": "2026-11-20T09:31:00-07:00"},
                {
                    "question": "medications",
                    "answer": [{"name": "sertraline", "dose": 50, "unit": "mg", "times": 1, "per": "day"}],
                    "answered_at": "2026-11-20T09:33:00-07:00",
                },
            ],
        }
    )

    clinic_id: CareClinic = None
    form_version: Annotated[int, Field(ge=1, le=2**31 - 1)] | None = None
    device: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,40}$")] | None = None
    answers: Annotated[tuple[SavedAnswer, ...], Field(max_length=500)]


class SubmitDraftRequest(Request):
    """Send the draft in as it is."""

    model_config = example({})

    clinic_id: CareClinic = None
    language: FilledIn = None


class GivenAnswerView(BaseModel):
    """An answer, when it was given and by whom. A proxy does not see what others answered: `answer` is null then."""

    question: str
    answer: AnswerValue
    answered_at: Instant
    source: Source
    by: str
    device: str | None


class ConflictView(BaseModel):
    """People or devices answered a question differently; the first answer is the one that counts."""

    question: str
    answers: tuple[GivenAnswerView, ...]


class DraftView(BaseModel):
    """A form as far as it is filled in.

    `unanswered`: questions that still need an answer. `newer_version`: the clinic uses a newer version of the form,
    which asks `asked_again` anew, since those questions were worded otherwise when they were answered; save with that
    `form_version`. `not_in_form`: answers to questions that the form does not ask. `expired`: nobody sent it in
    in time, and the next answer opens a new one.
    """

    form: str
    form_version: int
    state: Literal["OPEN", "SUBMITTED"]
    opened_at: Instant
    expires_at: Instant | None = None
    expired: bool = False
    submitted_at: Instant | None
    answers: tuple[GivenAnswerView, ...]
    conflicts: tuple[ConflictView, ...]
    unanswered: tuple[str, ...]
    newer_version: int | None
    asked_again: tuple[str, ...]
    not_in_form: tuple[str, ...]
    crisis: Crisis | None = None


class SubmittedView(ObservationView):
    """What was sent in, what it means, and where people or devices answered differently. `id` is the draft's."""

    conflicts: tuple[ConflictView, ...] = ()
