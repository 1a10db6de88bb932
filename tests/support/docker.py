"""Docker on this machine, as tests use it."""

import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager


def docker(*arguments: str) -> str:
    """Run `docker`; returns what it printed."""
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True).stdout


@contextmanager
def at_the_end(command: str, *arguments: str, holding: Sequence[int] = ()) -> Iterator[None]:
    """A shell command that runs when the block has ended, and also when this process is killed in it: a shell in a
    session of its own waits for the end of its input. Until then it keeps the file descriptors `holding` open."""
    waiting = ["sh", "-c", f"cat > /dev/null; {command} > /dev/null 2>&1", "sh", *arguments]
    with subprocess.Popen(waiting, stdin=subprocess.PIPE, start_new_session=True, pass_fds=holding):
        yield


def docker_is_missing() -> str:
    """Why Docker cannot be used here; empty when it can."""
    for command in (["docker", "compose", "version"], ["docker", "info"]):
        try:
            subprocess.run(command, check=True, capture_output=True, timeout=20)
        except (OSError, subprocess.SubprocessError) as error:
            return f"`{' '.join(command)}` fails ({type(error).__name__})"
    return ""


def host() -> str:
    """Where published ports are reached: the bridge's own address, since on loopback a proxy copies every byte."""
    if sys.platform != "linux":
        return "127.0.0.1"
    return docker("network", "inspect", "bridge", "--format", "{{(index .IPAM.Config 0).Gateway}}").strip()


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
