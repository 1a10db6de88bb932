"""What a database error means to a caller: away, busy, or text that no column can hold."""

from shared.messaging.trouble import Trouble, judge, sqlstate
from shared.problems import INVALID_REQUEST, UNAVAILABLE, FieldError, Problem, problem_kind

BUSY = problem_kind(
    "BUSY", 503, "Somebody else is changing the same thing", "Send the same request again shortly.", retryable=True
)

LOCK_TIMEOUT = "55P03"
_CONTENTION = {"40001", "40P01", LOCK_TIMEOUT, "57014"}
_TEXT = {"22021", "22P05"}


def problem_of(error: Exception) -> Problem | None:
    """The problem that a database or connection error stands for; None when it is something else."""
    state = sqlstate(error)
    if state in _CONTENTION:
        return BUSY(headers={"Retry-After": "1"})
    if state in _TEXT:
        return INVALID_REQUEST(errors=[FieldError("", "CHARACTER_NOT_ALLOWED", {"character": "U+0000"})])
    if judge(error) is Trouble.TRANSIENT:
        return UNAVAILABLE(headers={"Retry-After": "2"})
    return None
