"""`stillwater doctor`: what is wrong with a compose installation on this machine, and what mends it."""

import socket
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from cli import doctor_docker as asked
from cli.doctor_docker import Docker, DockerRefused
from cli.doctor_env import Fault, env_faults, port_of, read_env

Finding = tuple[str, list[Fault]]


def examine(folder: Path) -> Iterator[Finding]:
    """Each thing that was looked at and its faults, as soon as it was; what cannot be looked at is left out."""
    docker = Docker(folder)
    yield ".env", (unusable := env_faults(folder))
    yield "Docker", (away := asked.engine_faults(docker))
    yield "disk", asked.disk_faults(_places(docker, folder, away))
    if away or any("lacks" in fault.what or "there is no" in fault.what for fault in unusable):
        return
    containers = docker.containers()
    yield "port", port_faults(read_env(folder), containers.get("gateway"))
    yield "containers", asked.container_faults(docker.services(), containers)
    if containers:
        yield from _from_inside(docker, containers)


def _from_inside(docker: Docker, containers: Mapping[str, Any]) -> Iterator[Finding]:
    found = asked.probes(docker, containers)
    yield "processes", asked.process_faults(found)
    yield "topics", asked.topic_faults(asked.topics(docker))
    issuer = asked.issuer(docker)
    yield "staff issuer", asked.issuer_faults(issuer)
    skews = {name: probe["skew"] for name, probe in found.items()}
    skews |= {"the database": asked.database_skew(docker), "the staff issuer": issuer["ahead"]}
    yield "clocks", asked.clock_faults(skews)


def port_faults(values: Mapping[str, str], gateway: Mapping[str, Any] | None) -> list[Fault]:
    """Whether the gateway listens where `.env` says; if it does not run, whether it could."""
    port = port_of(dict(values))
    if gateway is None or not gateway["State"]["Running"]:
        taken = Fault(
            f"port {port} is taken by another program",
            f"`ss -ltnp 'sport = :{port}'` shows which; stop it, or set STILLWATER_PORT in .env",
        )
        return [] if _free(port) else [taken]
    published = [int(end["HostPort"]) for end in gateway["NetworkSettings"]["Ports"].get("8080/tcp") or ()]
    if port not in published:
        shown = ", ".join(map(str, sorted({*published}))) or "no port"
        return [Fault(f".env says port {port} but the gateway has {shown}", "`docker compose up --detach gateway`")]
    return _answer_faults(port)


def _answer_faults(port: int) -> list[Fault]:
    try:
        if httpx.get(f"http://127.0.0.1:{port}/live", timeout=5.0).status_code < 400:
            return []
        what = "answers, but not as the gateway does"
    except httpx.HTTPError as error:
        what = f"does not answer ({type(error).__name__})"
    return [Fault(f"port {port} {what}", "look at `docker compose logs --tail 20 gateway`")]


def _free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("0.0.0.0", port))  # noqa: S104 -- as the gateway will
        except OSError:
            return False
    return True


def _places(docker: Docker, folder: Path, away: list[Fault]) -> list[Path]:
    """Where data grows: this folder's disk and Docker's."""
    if away:
        return [folder]
    try:
        return [folder, Path(docker.run("info", "--format", "{{.DockerRootDir}}").strip())]
    except DockerRefused:
        return [folder]


def report(findings: Iterator[Finding], say: Callable[[str], None]) -> bool:
    """Say every finding in plain lines; True when nothing is wrong."""
    well = True
    try:
        for name, faults in findings:
            well = well and not faults
            say(f"ok     {name}" if not faults else f"WRONG  {name}")
            for fault in faults:
                say(f"       {fault.what}\n         mend: {fault.mend}")
    except DockerRefused as refused:
        say(f"WRONG  Docker\n       {refused}\n         mend: run the same `docker compose` command by hand")
        return False
    return well
