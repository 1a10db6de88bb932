"""Serving HTTP in this process: uvicorn with our own signals, so that everything is stopped before the process ends."""

import asyncio
import gc
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import uvicorn

from shared.runtime.logs import quiet_loop_errors

if TYPE_CHECKING:
    from starlette.types import ASGIApp

_CONNECTIONS_SECONDS = 3  # for answers under way; with the worker's 6 it stays below 10
_TICK_SECONDS = 1.0  # the date that answers carry is to the second


class AddressTaken(Exception):
    """Nothing can listen there; the text names the address."""


class Server(uvicorn.Server):
    """A server that ends when `leave` is called; signals are the caller's matter."""

    def __init__(self, app: "ASGIApp") -> None:
        super().__init__(
            uvicorn.Config(
                app, log_config=None, access_log=False, server_header=False, lifespan="on", ws="none",
                timeout_graceful_shutdown=_CONNECTIONS_SECONDS,
            )
        )  # fmt: skip
        self._told = asyncio.Event()

    def leave(self) -> None:
        self.should_exit = True
        self._told.set()

    async def main_loop(self) -> None:
        """Wait until told to leave, where uvicorn looks ten times a second."""
        while not await self.on_tick(0):
            with suppress(TimeoutError):
                async with asyncio.timeout(_TICK_SECONDS):
                    await self._told.wait()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        freeze_memory()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one. Raises AddressTaken.

    Its connections send at once: otherwise the second part of an answer waits 40 ms for the client's acknowledgement.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        listener.listen(512)
    except OSError as error:
        listener.close()
        raise AddressTaken(f"cannot listen on {host}:{port}: {error.strerror}") from None
    return listener


async def serve_until_told(app: "ASGIApp", host: str, port: int) -> None:
    """Serve until SIGTERM or SIGINT: answers under way get 3 s, then the app's lifespan ends. Raises AddressTaken."""
    server, loop = Server(app), asyncio.get_running_loop()
    quiet_loop_errors(loop)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, server.leave)
    with listen(host, port) as listener:
        await server.serve([listener])


def freeze_memory() -> None:
    """At the end of start-up: what lives now lives to the end, so the collector need not walk it (p99 48 to 5 ms).

    Nor need it look after every 700 objects, and at all of them after every forty requests: that was 6 to 10 ms each.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 20, 50)
    gc.enable()
