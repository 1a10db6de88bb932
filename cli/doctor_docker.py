"""What `stillwater doctor` asks Docker: engine, containers, and the processes inside them."""

import json
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cli.doctor_env import Fault
from shared.events import SERVICES

PROCESSES = tuple(f"{service}-{process}" for service in SERVICES for process in ("api", "worker"))
SKEW_SECONDS = 2.0
_SECONDS = 60.0
_MENDS = {
    "database": "look at `docker compose logs --tail 50 postgres`; when the schema is behind, run "
    "`docker compose up --detach`, which migrates first",
    "broker": "look at `docker compose logs --tail 50 kafka`, then `docker compose up --detach kafka`",
}


class DockerRefused(Exception):
    """A docker command failed; the text is the last line of what it said."""


@dataclass(frozen=True)
class Docker:
    """Docker, asked in the folder of an installation."""

    folder: Path

    def run(self, *arguments: str) -> str:
        """Run `docker ARGUMENTS`. Raises DockerRefused."""
        try:
            done = subprocess.run(  # noqa: S603 -- fixed words and names of our own services
                ["docker", *arguments], cwd=self.folder, capture_output=True, text=True, timeout=_SECONDS, check=False  # noqa: S607
            )  # fmt: skip
        except (OSError, subprocess.TimeoutExpired) as error:
            raise DockerRefused(type(error).__name__) from None
        if done.returncode:
            raise DockerRefused((done.stderr.strip().splitlines() or ["no reason given"])[-1])
        return done.stdout

    def compose(self, *arguments: str) -> str:
        """Run `docker compose ARGUMENTS`. Raises DockerRefused."""
        return self.run("compose", *arguments)

    def inside(self, service: str, module: str, *words: str) -> str:
        """Run a module of ours in a container of the service; returns its last line. Raises DockerRefused."""
        lines = self.compose("exec", "-T", service, "python", "-m", module, *words).splitlines()
        return lines[-1] if lines else ""

    def services(self) -> list[str]:
        """The services that are to run in this installation. Raises DockerRefused."""
        return self.compose("config", "--services").split()

    def containers(self) -> dict[str, dict[str, Any]]:
        """What `docker inspect` says of every container of the installation, by service. Raises DockerRefused."""
        ids = self.compose("ps", "--all", "--quiet", "--no-trunc").split()
        found = json.loads(self.run("inspect", *ids)) if ids else []
        return {one["Config"]["Labels"]["com.docker.compose.service"]: one for one in found}


def engine_faults(docker: Docker) -> list[Fault]:
    """Whether Docker and its compose plugin answer."""
    for asked, mend in (
        (("info", "--format", "{{.ServerVersion}}"), "start it (`systemctl start docker`); you may need root"),
        (("compose", "version"), "install the compose plugin of Docker"),
    ):
        try:
            docker.run(*asked)
        except DockerRefused as refused:
            return [Fault(f"`docker {asked[0]}` fails: {refused}", mend)]
    return []


def container_faults(wanted: Sequence[str], containers: Mapping[str, Any]) -> list[Fault]:
    """Containers that are missing, have ended, or are not healthy; which, and since when."""
    if not containers:
        return [Fault("nothing was started yet", "`docker compose up --build --detach --wait`")]
    faults = [
        Fault(f"{name} has no container", "`docker compose up --detach`") for name in wanted if name not in containers
    ]
    return faults + [fault for name in wanted if name in containers for fault in _state_faults(name, containers[name])]


def _state_faults(name: str, container: Mapping[str, Any]) -> Iterator[Fault]:
    state = container["State"]
    once = name in ("topics", "openapi") or name.endswith("-migrate")
    look = f"look at `docker compose logs --tail 20 {name}`"
    if once and state["ExitCode"] != 0:
        yield Fault(f"{name} failed at {_clock(state['FinishedAt'])}", f"{look}, then `docker compose up --detach`")
    elif not once and not state["Running"]:
        ended = f"{name} ended with code {state['ExitCode']} at {_clock(state['FinishedAt'])}"
        yield Fault(ended, f"{look}, then `docker compose up --detach {name}`")
    elif state.get("Health", {}).get("Status") == "unhealthy":
        yield Fault(f"{name} is not healthy since {_sick_since(state['Health'])}", look)
    elif state["OOMKilled"]:
        yield Fault(f"{name} ran out of memory at its last end", "raise its mem_limit in docker-compose.yml")


def _sick_since(health: Mapping[str, Any]) -> str:
    """Docker keeps the last five checks; earlier ones are reckoned from their pace."""
    log = health["Log"]
    times = [_instant(check["Start"]) for check in log]
    pace = (times[-1] - times[0]) / max(1, len(times) - 1)
    return f"{(times[-1] - pace * (health['FailingStreak'] - 1)):%H:%M:%S} UTC"


def probes(docker: Docker, containers: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """What each running process says of itself from inside: `ready`, the checks that fail, and `skew` of its clock."""
    running = [name for name in PROCESSES if name in containers and containers[name]["State"]["Running"]]
    with ThreadPoolExecutor(4) as pool:
        return dict(zip(running, pool.map(lambda name: _probe(docker, name), running), strict=True))


def _probe(docker: Docker, name: str) -> dict[str, Any]:
    began = time.time()
    try:
        found: dict[str, Any] = json.loads(docker.inside(name, "cli.doctor_probe"))
    except (DockerRefused, ValueError) as error:
        return {"ready": [{"name": "process", "detail": f"cannot be asked ({type(error).__name__})"}], "skew": None}
    return found | {"skew": skew(began, found["time"], time.time())}


def skew(began: float, there: float, ended: float) -> float:
    """By how many seconds a clock is ahead of ours that was read between two of our times; 0 when it fits in there."""
    return there - began if there < began else max(0.0, there - ended)


def process_faults(found: Mapping[str, Mapping[str, Any]]) -> list[Fault]:
    """What the processes complain of."""
    return [
        Fault(f"{name}: {check['name']} {check['detail']}", _MENDS.get(check["name"], _restart(name)))
        for name, probe in found.items()
        for check in probe["ready"]
    ]


def _restart(name: str) -> str:
    return f"look at `docker compose logs --tail 50 {name}`; `docker compose restart {name}` when it does not pass"


def topics(docker: Docker) -> Any:
    """Which topics are missing, as a worker sees it; a sentence when that cannot be seen."""
    try:
        return json.loads(docker.inside("intake-worker", "cli.doctor_reach", "topics"))
    except (DockerRefused, ValueError) as error:
        return f"intake-worker cannot be asked ({type(error).__name__})"


def topic_faults(missing: list[str] | str) -> list[Fault]:
    """Topics that are not there."""
    if isinstance(missing, str):
        return [Fault(f"the topics cannot be looked at: {missing}", _MENDS["broker"])]
    return [Fault(f"topic {topic} is missing", "`docker compose run --rm topics`") for topic in missing]


def issuer(docker: Docker) -> dict[str, Any]:
    """The staff issuer as an API reaches it: `keys`, `ahead` (seconds or None), `error` when there is one."""
    try:
        found: dict[str, Any] = json.loads(docker.inside("intake-api", "cli.doctor_reach", "issuer"))
    except (DockerRefused, ValueError) as error:
        return {"keys": 0, "ahead": None, "error": f"intake-api cannot be asked ({type(error).__name__})"}
    return found


def issuer_faults(found: Mapping[str, Any]) -> list[Fault]:
    """The staff issuer's keys, as the APIs get them."""
    if found["keys"]:
        return []
    why = found.get("error", "it shows no keys")
    mend = "check STILLWATER_STAFF_JWKS in .env and the way there; nobody new can log in meanwhile"
    return [Fault(f"the staff issuer's keys cannot be had: {why}", mend)]


def clock_faults(skews: Mapping[str, float | None]) -> list[Fault]:
    """Clocks against this machine's: seconds ahead by whose clock it is, None where it cannot be seen."""
    mend = "let this machine keep time by NTP (`timedatectl set-ntp true`), then `docker compose restart`"
    return [
        Fault(f"the clock of {name} is {abs(ahead):.0f} s {'ahead of' if ahead > 0 else 'behind'} this machine's", mend)
        for name, ahead in skews.items()
        if ahead is not None and abs(ahead) > SKEW_SECONDS
    ]


def database_skew(docker: Docker) -> float | None:
    """By how many seconds PostgreSQL's clock is ahead of this machine's; None when it does not run."""
    question, began = "SELECT extract(epoch FROM clock_timestamp())", time.time()
    try:
        said = docker.compose(
            "exec", "-T", "postgres", "psql", "-h", "/var/run/postgresql", "-U", "postgres", "-Atc", question
        )
    except DockerRefused:
        return None
    return skew(began, float(said), time.time())


def disk_faults(places: Sequence[Path], *, least: int = 2 * 1024**3, share: float = 0.1) -> list[Fault]:
    """Places with less than `least` bytes or `share` of the whole left, 20 GiB being enough for anything."""
    faults = []
    for place in places:
        disk = shutil.disk_usage(place)
        if disk.free < least or (disk.free < share * disk.total and disk.free < 20 * 1024**3):
            left = f"{place} has {disk.free / 1024**3:.1f} GiB left of {disk.total / 1024**3:.0f}"
            faults.append(Fault(left, "make room: `docker system df` shows what Docker holds, `docker image prune`"))
    return faults


def _clock(text: str) -> str:
    return f"{_instant(text):%Y-%m-%d %H:%M:%S} UTC"


def _instant(text: str) -> datetime:
    """Docker's instants have nine decimals, and a zone written as Z, +00:00 or ` +0000 UTC`."""
    return datetime.fromisoformat(text.replace(" +0000 UTC", "+00:00").replace(" ", "T")[:26].rstrip("Z") + "+00:00")
