"""Problem details (RFC 9457): every refusal has a code, a status, what was wrong and what to do.

Declare a kind once at module level, raise it where it happens:

    ORDER_ABOVE_CAP = problem_kind("ORDER_ABOVE_CAP", 422, "The dose is above the cap", "Lower mg_per_kg.")
    raise ORDER_ABOVE_CAP(errors=[FieldError("/mg_per_kg", "ABOVE_CAP", {"cap_mg": 60})])

Neither `detail` nor `params` may carry personal data: problem documents reach logs.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class FieldError:
    """One wrong field: a JSON pointer, a code, and parameters for the text (never the value itself if personal)."""

    pointer: str
    code: str
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ProblemKind:
    """A kind of refusal. `mend` tells the caller what to do."""

    code: str
    status: int
    title: str
    mend: str
    retryable: bool = False

    def __call__(
        self, detail: str | None = None, *, errors: Sequence[FieldError] = (), params: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> "Problem":  # fmt: skip
        return Problem(self, detail, tuple(errors), params or {}, headers or {})


class Problem(Exception):
    """A refusal that becomes a problem document; whatever was begun is rolled back."""

    def __init__(
        self, kind: ProblemKind, detail: str | None, errors: tuple[FieldError, ...], params: dict[str, Any],
        headers: dict[str, str],
    ) -> None:  # fmt: skip
        super().__init__(kind.code)
        self.kind, self.detail, self.errors, self.params, self.headers = kind, detail, errors, params, headers


CATALOGUE: dict[str, ProblemKind] = {}


def problem_kind(code: str, status: int, title: str, mend: str, *, retryable: bool = False) -> ProblemKind:
    """Declare a kind and enter it in the catalogue. A code can be declared once."""
    if code in CATALOGUE:
        raise ValueError(f"problem code {code} is declared twice")
    CATALOGUE[code] = ProblemKind(code, status, title, mend, retryable)
    return CATALOGUE[code]


MALFORMED_JSON = problem_kind("MALFORMED_JSON", 400, "The body is not valid JSON", "Send a JSON document.")
INVALID_REQUEST = problem_kind(
    "INVALID_REQUEST", 422, "Some fields are not valid", "Correct the fields listed in errors."
)
UNAUTHENTICATED = problem_kind(
    "UNAUTHENTICATED", 401, "No valid token was sent", "Log in again and send the new token."
)
FORBIDDEN = problem_kind("FORBIDDEN", 403, "Your role may not do this", "Ask somebody with one of the roles in params.")
NOT_FOUND = problem_kind("NOT_FOUND", 404, "There is no such thing here", "Check the id.")
METHOD_NOT_ALLOWED = problem_kind("METHOD_NOT_ALLOWED", 405, "This address does not take that method", "See Allow.")
CONFLICT = problem_kind("CONFLICT", 409, "It is not in a state that allows this", "Read it again and decide anew.")
NOT_YET_KNOWN = problem_kind(
    "NOT_YET_KNOWN", 409, "This service has not heard of it yet", "Send the same request again shortly.", retryable=True
)
EVENTS_WAITING = problem_kind(
    "EVENTS_WAITING",
    409,
    "Facts about this patient wait for an operator",
    "Ask an operator to look at `stillwater parked`.",
)
STALE_VERSION = problem_kind(
    "STALE_VERSION", 412, "Somebody changed it since you read it", "Read it again, then repeat."
)
TOO_LARGE = problem_kind("TOO_LARGE", 413, "The body is larger than 1 MiB", "Send less at once.")
UNSUPPORTED_MEDIA = problem_kind(
    "UNSUPPORTED_MEDIA", 415, "The body must be JSON", "Send Content-Type: application/json."
)
KEY_REUSED = problem_kind(
    "IDEMPOTENCY_KEY_REUSED",
    422,
    "This Idempotency-Key came with another body before",
    "Use a new key for a new request.",
)
KEY_REQUIRED = problem_kind(
    "IDEMPOTENCY_KEY_REQUIRED",
    400,
    "A POST that acts needs an Idempotency-Key",
    "Send a header Idempotency-Key, new per act.",
)
VERSION_REQUIRED = problem_kind("VERSION_REQUIRED", 428, "A change needs If-Match", "Send the ETag that you last read.")
RATE_LIMITED = problem_kind(
    "RATE_LIMITED", 429, "Too many requests", "Wait as long as Retry-After says.", retryable=True
)
INTERNAL = problem_kind(
    "INTERNAL", 500, "Something broke on our side", "Try again; give the correlation id to support.", retryable=True
)
UNAVAILABLE = problem_kind("UNAVAILABLE", 503, "The database is not reachable", "Try again shortly.", retryable=True)
