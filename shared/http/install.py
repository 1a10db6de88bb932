"""Everything that makes an app of ours behave like the others: middleware, problem documents, OpenAPI."""

from collections.abc import Iterable
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from shared.help import HelpFor
from shared.http.document import refusal
from shared.http.heeding import heed_refused
from shared.http.middleware import Correlate, LastResort, LimitBody
from shared.http.openapi import complete_openapi
from shared.http.validation import field_errors
from shared.problems import (
    INTERNAL,
    INVALID_REQUEST,
    MALFORMED_JSON,
    METHOD_NOT_ALLOWED,
    NOT_FOUND,
    TOO_LARGE,
    UNSUPPORTED_MEDIA,
    Problem,
)

_BY_STATUS = {400: MALFORMED_JSON, 404: NOT_FOUND, 405: METHOD_NOT_ALLOWED, 413: TOO_LARGE, 415: UNSUPPORTED_MEDIA}


def install_http(app: FastAPI, examples: Iterable[BaseModel] = (), help_for: HelpFor | None = None) -> None:
    """Install what all apps share, and describe the app with these examples of answers. `help_for` says beside which
    refusals help stands.

    Needs `app.state.service`, `.hears` and `.projects` (services listened to), and `.heed` (what looks at answers that
    are refused).
    """
    app.add_middleware(LastResort)
    app.add_middleware(LimitBody)
    app.add_middleware(Correlate, help_for=help_for)
    app.exception_handler(Problem)(_on_problem)
    app.exception_handler(RequestValidationError)(_on_invalid)
    app.exception_handler(HTTPException)(_on_http)
    complete_openapi(app, examples)


async def _on_problem(request: Request, error: Problem) -> Response:
    await heed_refused(request)
    return _refused(request, error)


def _refused(request: Request, problem: Problem) -> Response:
    return refusal(problem, request.state.correlation_id, request.state.help)


async def _on_invalid(request: Request, error: RequestValidationError) -> Response:
    await heed_refused(request)
    return _refused(request, _invalid(request, error.errors()))


def _invalid(request: Request, errors: Any) -> Problem:
    if any(error["type"] == "json_invalid" for error in errors):
        return MALFORMED_JSON()
    if not _is_json(request) and any(e["loc"] == ("body",) and e["type"] != "missing" for e in errors):
        return UNSUPPORTED_MEDIA()
    return INVALID_REQUEST(errors=field_errors(errors))


def _is_json(request: Request) -> bool:
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    return media == "application/json" or media.endswith("+json")


async def _on_http(request: Request, error: HTTPException) -> Response:
    kind = _BY_STATUS.get(error.status_code, INTERNAL)
    return _refused(request, kind(headers=dict(error.headers or {})))
