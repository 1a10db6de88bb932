"""What a caller sent never comes back in a field error."""

import json
from datetime import date
from typing import Any, Literal
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import PydanticCustomError

from shared.http.validation import field_errors
from shared.problems import FieldError


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Phone(Strict):
    number: str

    @field_validator("number")
    @classmethod
    def _dialable(cls, number: str) -> str:
        raise PydanticCustomError("phone_not_valid", "Give the number with its country code, as +12085550123.")


class Intake(Strict):
    """Every kind of field that a request of ours has, each easy to get wrong."""

    name: str = Field(max_length=3, pattern="^[a-z]+$")
    born: date
    seen_at: AwareDatetime
    patient_id: UUID
    weight_kg: float = Field(gt=0, lt=400)
    visits: int = Field(ge=0, le=10)
    sex: Literal["f", "m", "x"]
    smoker: bool
    phones: list[Phone] = Field(max_length=2)
    answers: dict[str, int]
    note: str

    @field_validator("note")
    @classmethod
    def _kind(cls, note: str) -> str:
        raise ValueError(f"{note} is not kind")


def errors_of(model: type[BaseModel], sent: Any) -> list[FieldError]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate_json(json.dumps(sent))
    return field_errors([{**error, "loc": ("body", *error["loc"])} for error in caught.value.errors()])


MARK = "zzq7mark"
marked = st.recursive(
    st.builds(lambda a, b: f"{a}{MARK}{b}", st.text(max_size=4), st.text(max_size=4)),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.just(f"{MARK} 1980"), inner, max_size=1),
    max_leaves=3,
)


@given(st.fixed_dictionaries({}, optional=dict.fromkeys(Intake.model_fields, marked)))
def test_no_value_sent_comes_back(sent: dict[str, Any]) -> None:
    found = errors_of(Intake, sent)
    assert found
    assert MARK not in repr(found).casefold()


@given(st.text(min_size=1), st.text())
def test_no_key_that_is_not_a_field_name_comes_back(key: str, value: str) -> None:
    found = errors_of(Intake, {f"{MARK} {key}": value, "answers": {f"{MARK}/{key}": value}})
    assert MARK not in repr(found)


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        ({"name": "abcd"}, ("/name", "STRING_TOO_LONG", {"max_length": 3})),
        ({"weight_kg": 400}, ("/weight_kg", "LESS_THAN", {"lt": 400.0})),
        ({"visits": 11}, ("/visits", "LESS_THAN_EQUAL", {"le": 10})),
        ({"sex": "?"}, ("/sex", "LITERAL_ERROR", {"expected": "'f', 'm' or 'x'"})),
        ({"note": "rude"}, ("/note", "NOT_VALID", {})),
        ({"phones": [{"number": "1"}]}, ("/phones/0/number", "PHONE_NOT_VALID", {})),
        ({"phone": "1"}, ("/phone", "UNKNOWN_FIELD", {})),
        ({"answers": {"q_12": "x"}}, ("/answers/q_12", "INT_PARSING", {})),
        ({"answers": {"Jane Doe": "x"}}, ("/answers/*", "INT_PARSING", {})),
        ({"answers": {"12085550123": "x"}}, ("/answers/*", "INT_PARSING", {})),
        ({"born": "1980-02-30"}, ("/born", "DATE_FROM_DATETIME_PARSING", {})),
    ],
)
def test_an_error_says_where_and_what(sent: dict[str, Any], expected: tuple[str, str, dict[str, Any]]) -> None:
    found = {error.pointer: error for error in errors_of(Intake, sent)}[expected[0]]
    params = {name: value for name, value in found.params.items() if name != "detail"}
    assert (found.pointer, found.code, params) == expected


def test_a_text_of_ours_is_passed_on_unless_a_value_stands_in_it() -> None:
    (told,) = errors_of(Phone, {"number": "12"})
    assert told.params["detail"] == "Give the number with its country code, as +12085550123."
    (hidden,) = errors_of(Phone, {"number": "+12085550123"})
    assert hidden.params == {}


def test_every_field_is_named_when_several_are_wrong() -> None:
    found = errors_of(Intake, {"visits": "x", "smoker": "perhaps"})
    assert {error.pointer for error in found} == {f"/{name}" for name in Intake.model_fields}
    assert {error.code for error in found} == {"MISSING", "INT_PARSING", "BOOL_PARSING"}
