"""Is a failure transient (try again, park nothing) or permanent (park the event)? (design: delivery)"""

from enum import Enum

import asyncpg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.problems import Problem


class HandlerTimedOut(Exception):
    """A handler did not finish within its limit; its transaction was rolled back."""


class Trouble(Enum):
    """What a failure asks for. TIMED_OUT is transient until it has happened too often with the database answering."""

    TRANSIENT = "transient"
    TIMED_OUT = "timed out"
    PERMANENT = "permanent"


_STATEMENT_TIMED_OUT = "57014"
_TRANSIENT_STATES = {
    "40001",  # serialization failure
    "40P01",  # deadlock
    "55P03",  # lock time-out
    "25P03", "25P04",  # idle in transaction, transaction time-out
    "57P01", "57P02", "57P03", "57P05",  # the server shuts down, crashed, starts up, dropped an idle session
}  # fmt: skip
_TRANSIENT_CLASSES = ("08", "53", "58")  # connection, resources, system


def judge(error: BaseException) -> Trouble:
    """Classify by type and SQLSTATE, looking through SQLAlchemy's and asyncpg's wrappers."""
    if isinstance(error, HandlerTimedOut) or sqlstate(error) == _STATEMENT_TIMED_OUT:
        return Trouble.TIMED_OUT
    return Trouble.TRANSIENT if _is_transient(error) else Trouble.PERMANENT


def _is_transient(error: BaseException) -> bool:
    state = sqlstate(error)
    if state is not None:
        return state in _TRANSIENT_STATES or state.startswith(_TRANSIENT_CLASSES)
    if isinstance(error, DBAPIError) and error.connection_invalidated:
        return True
    driver = _driver_error(error)
    if isinstance(driver, asyncpg.InterfaceError):
        return "closed" in str(driver)
    return isinstance(driver, (OSError, PoolTimeout))


def sqlstate(error: BaseException) -> str | None:
    """The SQLSTATE behind a failure, if PostgreSQL gave one."""
    for layer in (error, getattr(error, "orig", None), _driver_error(error)):
        state = getattr(layer, "sqlstate", None)
        if isinstance(state, str):
            return state
    return None


def _driver_error(error: BaseException) -> BaseException:
    if isinstance(error, DBAPIError) and error.orig is not None:
        return error.orig.__cause__ or error.orig
    return error


def reason_of(error: BaseException) -> str:
    """The class and a code, never the text: texts may carry personal data."""
    code = error.kind.code if isinstance(error, Problem) else sqlstate(error)
    name = type(_driver_error(error)).__name__
    return f"{name} {code}" if code else name
