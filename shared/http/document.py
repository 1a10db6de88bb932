"""Problem documents (RFC 9457) as they leave the house: one shape for every refusal of every service."""

from typing import Any
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from shared import problems as kinds
from shared.help import Help
from shared.problems import FieldError, Problem, ProblemKind

MEDIA_TYPE = "application/problem+json"
SCHEMA_REF = {"$ref": "#/components/schemas/Problem"}


class FieldProblem(BaseModel):
    """One field that is not valid."""

    pointer: str = Field(
        description="JSON pointer into the body, or `query:limit`, `path:patient_id`, `header:if-match`"
    )
    code: str = Field(description="what is wrong, as a stable code")
    params: dict[str, Any] = Field(default_factory=dict, description="limits and the like, never the value sent")
    detail: str | None = Field(None, description="what to do, in English")


class ProblemDocument(BaseModel):
    """A refusal: what was wrong and what to do. It never repeats a value that was sent."""

    model_config = ConfigDict(title="Problem")

    type: str = Field(description="URN of the kind of problem")
    title: str
    status: int
    code: str = Field(description="stable code of the kind; translate by it")
    detail: str = Field(description="what was wrong and what to do, in English")
    params: dict[str, Any] = Field(default_factory=dict)
    errors: list[FieldProblem] = Field(default_factory=list)
    retryable: bool = Field(description="whether the same request may succeed later")
    correlation_id: UUID = Field(description="give this to support")
    crisis: Help | None = Field(
        None, description="to be shown: beside every refusal of an answer about somebody's health, else absent"
    )


def document(problem: Problem, correlation_id: UUID, crisis: Help | None = None) -> ProblemDocument:
    """The document of a refusal."""
    kind = problem.kind
    what = (problem.detail or kind.title).rstrip(".")
    return ProblemDocument(
        type=f"urn:stillwater:problem:{kind.code.lower().replace('_', '-')}",
        title=kind.title,
        status=kind.status,
        code=kind.code,
        detail=f"{what}. {kind.mend}",
        params=problem.params,
        errors=[_field(error) for error in problem.errors],
        retryable=kind.retryable,
        correlation_id=correlation_id,
        crisis=crisis,
    )


def _field(error: FieldError) -> FieldProblem:
    params = dict(error.params)
    return FieldProblem(
        pointer=error.pointer, code=error.code, detail=params.pop("detail", None), params=params
    )  # fmt: skip


def _left_out(shown: ProblemDocument) -> set[str]:
    return set() if shown.crisis else {"crisis"}


def refusal(problem: Problem, correlation_id: UUID, crisis: Help | None = None) -> Response:
    """The HTTP answer to a refusal."""
    shown = document(problem, correlation_id, crisis)
    return Response(
        shown.model_dump_json(exclude=_left_out(shown)),
        status_code=problem.kind.status,
        media_type=MEDIA_TYPE,
        headers=problem.headers,
    )


COMMON = (
    kinds.MALFORMED_JSON, kinds.UNAUTHENTICATED, kinds.FORBIDDEN, kinds.NOT_FOUND, kinds.NOT_YET_KNOWN,
    kinds.TOO_LARGE, kinds.UNSUPPORTED_MEDIA, kinds.INVALID_REQUEST, kinds.RATE_LIMITED, kinds.INTERNAL,
    kinds.UNAVAILABLE,
)  # fmt: skip


def problems(*extra: ProblemKind) -> dict[int | str, dict[str, Any]]:
    """The `responses` of a route: the common kinds and `extra`, each with an example."""
    by_status: dict[int | str, dict[str, Any]] = {}
    for kind in sorted({*COMMON, *extra}, key=lambda k: (k.status, k.code)):
        entry = by_status.setdefault(kind.status, _response())
        entry["content"][MEDIA_TYPE]["examples"][kind.code] = _example(kind)
        codes = entry["content"][MEDIA_TYPE]["examples"]
        entry["description"] = " or ".join(codes)
    return by_status


def _response() -> dict[str, Any]:
    return {"description": "", "content": {MEDIA_TYPE: {"schema": SCHEMA_REF, "examples": {}}}}


def _example(kind: ProblemKind) -> dict[str, Any]:
    shown = document(kind(), UUID("018f3f5e-7c1a-7c55-9d4e-7a3f0b7c1e11"))
    return {"summary": kind.title, "value": shown.model_dump(mode="json", exclude=_left_out(shown))}
