"""What a database error means to a caller: away, busy, or text that no column can hold."""

from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.problems import INVALID_REQUEST, UNAVAILABLE, FieldError, Problem, problem_kind

BUSY = problem_kind(
    "BUSY", 503, "Somebody else is changing the same thing", "Send the same request again shortly.", retryable=True
)

LOCK_TIMEOUT = "55P03"
_CONTENTION = {"40001", "40P01", LOCK_TIMEOUT, "57014"}
_AWAY_CLASSES = {"08", "53"}
_AWAY = {"57P01", "57P02", "57P03", "57P05", "25P03"}
_TEXT = {"22021", "22P05"}


def sqlstate(error: BaseException | None) -> str | None:
    """The SQLSTATE of a database error, also when another error wraps it."""
    while error is not None:
        state = getattr(error, "sqlstate", None)
        if isinstance(state, str):
            return state
        error = getattr(error, "orig", None) or error.__cause__
    return None


def problem_of(error: Exception) -> Problem | None:
    """The problem that a database or connection error stands for; None when it is something else."""
    state = sqlstate(error)
    if state in _CONTENTION:
        return BUSY(headers={"Retry-After": "1"})
    if state in _TEXT:
        return INVALID_REQUEST(errors=[FieldError("", "CHARACTER_NOT_ALLOWED", {"character": "U+0000"})])
    if _is_away(error, state):
        return UNAVAILABLE(headers={"Retry-After": "2"})
    return None


def _is_away(error: Exception, state: str | None) -> bool:
    if state is not None:
        return state in _AWAY or state[:2] in _AWAY_CLASSES
    invalidated = bool(getattr(error, "connection_invalidated", False))
    return invalidated or isinstance(error, OSError | PoolTimeout | TimeoutError)
