"""Which failures are waited for and which are parked (design: transient and permanent trouble)."""

import asyncpg
import pytest
from asyncpg import exceptions as pg
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from shared.messaging.trouble import HandlerTimedOut, Trouble, judge, reason_of, sqlstate
from shared.problems import NOT_FOUND


def wrapped(error: Exception, *, invalidated: bool = False) -> DBAPIError:
    """As SQLAlchemy's asyncpg dialect hands it on."""
    adapted = Exception("adapted")
    adapted.__cause__ = error
    return DBAPIError("SELECT name FROM patient", {"name": "Ada"}, adapted, connection_invalidated=invalidated)


TRANSIENT = [
    pg.SerializationError(), pg.DeadlockDetectedError(), pg.LockNotAvailableError(), pg.ConnectionDoesNotExistError(),
    pg.ConnectionFailureError(), pg.AdminShutdownError(), pg.CrashShutdownError(), pg.CannotConnectNowError(),
    pg.TooManyConnectionsError(), pg.DiskFullError(), pg.IdleInTransactionSessionTimeoutError(), pg.PostgresIOError(),
    asyncpg.InterfaceError("connection is closed"), ConnectionRefusedError(), ConnectionResetError(), TimeoutError(),
    FileNotFoundError("the socket is gone"), PoolTimeout(),
]  # fmt: skip
PERMANENT = [
    pg.UniqueViolationError(), pg.CheckViolationError(), pg.NotNullViolationError(), pg.UndefinedColumnError(),
    pg.DataError(), asyncpg.InterfaceError("another operation is in progress"),
    asyncpg.exceptions.DataError("invalid input for query argument $1"), ValueError("Ada"), KeyError("Ada"),
    ZeroDivisionError(), NOT_FOUND(),
]  # fmt: skip


@pytest.mark.parametrize("error", TRANSIENT, ids=lambda error: type(error).__name__)
def test_the_database_being_away_or_busy_is_waited_for(error: Exception) -> None:
    assert judge(error) is Trouble.TRANSIENT
    assert judge(wrapped(error)) is Trouble.TRANSIENT


@pytest.mark.parametrize("error", PERMANENT, ids=lambda error: type(error).__name__)
def test_what_would_fail_again_is_parked(error: Exception) -> None:
    assert judge(error) is Trouble.PERMANENT
    assert judge(wrapped(error)) is Trouble.PERMANENT


@pytest.mark.parametrize("error", [HandlerTimedOut(), pg.QueryCanceledError(), wrapped(pg.QueryCanceledError())])
def test_time_outs_are_counted(error: Exception) -> None:
    assert judge(error) is Trouble.TIMED_OUT


def test_an_invalidated_connection_is_waited_for_whatever_broke_it() -> None:
    assert judge(wrapped(Exception("unknown"), invalidated=True)) is Trouble.TRANSIENT


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("born 1980-02-03"), "ValueError"),
        (NOT_FOUND("Ada Lovelace"), "Problem NOT_FOUND"),
        (wrapped(pg.UniqueViolationError("Key (name)=(Ada) already exists")), "UniqueViolationError 23505"),
        (IntegrityError("INSERT", {"name": "Ada"}, Exception("Ada")), "Exception"),
    ],
)
def test_a_reason_is_a_class_and_a_code_and_never_the_text(error: Exception, expected: str) -> None:
    assert reason_of(error) == expected


def test_the_sqlstate_is_found_behind_the_wrapper() -> None:
    assert sqlstate(wrapped(pg.DeadlockDetectedError())) == "40P01"
    assert sqlstate(ValueError()) is None
