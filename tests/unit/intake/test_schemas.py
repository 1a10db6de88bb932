"""Requests: the examples in the API document are valid, and no request takes a field it does not know."""

import inspect
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from services.intake.schemas import care, course, leads, people, plans, proxies, readmodels, reviews, screening
from services.intake.schemas.fields import Request

REQUESTS = sorted(
    {
        found
        for module in (care, course, leads, people, plans, proxies, readmodels, reviews, screening)
        for _, found in inspect.getmembers(module, inspect.isclass)
        if issubclass(found, Request) and found is not Request
    },
    key=lambda found: found.__name__,
)
BODIES = [
    request
    for request in REQUESTS
    if request.__name__.endswith("Request") and "json_schema_extra" in request.model_config
]


@pytest.mark.parametrize("request_", BODIES)
def test_the_example_of_a_request_is_valid(request_: type[BaseModel]) -> None:
    extra: Any = request_.model_config["json_schema_extra"]
    assert request_.model_validate(extra["examples"][0])


def test_every_body_has_an_example() -> None:
    without = {request.__name__ for request in REQUESTS if request not in BODIES}
    assert without == {"AddressRequest", "BloodPressure", "ConditionRequest", "ConsentAct", "EnteredWeight",
                       "EvidenceRequest", "ExternalIdRequest", "Measurements", "OverrideRequest", "PersonRequest",
                       "Reachable"}  # fmt: skip


@pytest.mark.parametrize("request_", BODIES)
def test_a_field_that_is_not_known_is_refused(request_: type[BaseModel]) -> None:
    extra: Any = request_.model_config["json_schema_extra"]
    with pytest.raises(ValidationError, match="extra_forbidden"):
        request_.model_validate(extra["examples"][0] | {"something_else": 1})
