"""Logs: JSON lines, plain in a terminal. An error's text may quote a person: only its class and place are written."""

import asyncio
import logging
import sys
import traceback
from collections.abc import MutableMapping
from typing import Any

import structlog

_QUIET = ("aiokafka", "alembic", "asyncio", "httpx", "httpcore", "sqlalchemy", "uvicorn")


def trouble(error: BaseException) -> dict[str, Any]:
    """What may be logged of an error: its class, its SQLSTATE if it has one, and where it was raised."""
    cause = getattr(error, "orig", None) or error
    facts = {"error": type(error).__name__, "at": _place(error)}
    state = getattr(cause, "sqlstate", None)
    return facts | ({"sqlstate": state} if isinstance(state, str) else {})


def set_up_logs() -> None:
    """Configure structlog and the standard library's loggers for this process."""
    plain = sys.stderr.isatty()
    renderer = structlog.dev.ConsoleRenderer() if plain else structlog.processors.JSONRenderer()
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            _without_error_text,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=lambda *_: _ToStandardError(),
        cache_logger_on_first_use=False,
    )
    logging.root.handlers = [_Forward()]
    logging.root.setLevel(logging.WARNING)
    for name in _QUIET:
        logging.getLogger(name).setLevel(logging.WARNING)


class _ToStandardError:
    """Writes lines to what standard error is at that moment."""

    def msg(self, line: str) -> None:
        print(line, file=sys.stderr, flush=True)

    debug = info = warning = error = critical = exception = msg


def quiet_loop_errors(loop: asyncio.AbstractEventLoop) -> None:
    """Keep the event loop's own report of a forgotten task from printing the error's text."""
    loop.set_exception_handler(_on_loop_error)


def _on_loop_error(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    error = context.get("exception")
    facts = trouble(error) if isinstance(error, BaseException) else {}
    structlog.get_logger("asyncio").error("a task failed and nobody looked", **facts)


class _Forward(logging.Handler):
    """Standard library records: those of our libraries by logger and place, since their arguments may hold values."""

    def emit(self, record: logging.LogRecord) -> None:
        facts: dict[str, Any] = {"logger": record.name, "place": f"{record.module}:{record.lineno}"}
        error = record.exc_info[1] if record.exc_info else None
        if error is not None:
            facts |= trouble(error)
        text = str(record.msg)  # the template without its arguments
        structlog.get_logger(record.name).log(record.levelno, text.splitlines()[0] if text else "", **facts)


def _without_error_text(_: Any, __: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, tuple):
        error = error[1]
    return {**event, **trouble(error)} if isinstance(error, BaseException) else event


def _place(error: BaseException) -> list[str]:
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return [f"{frame.filename.rsplit('/', 2)[-1]}:{frame.lineno} {frame.name}" for frame in frames]
