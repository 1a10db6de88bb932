"""What `stillwater doctor` reads in the folder of a compose installation: `.env` against docker-compose.yml."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

_VARIABLE = re.compile(r"\$\{([A-Z0-9_]+)(:?-)?")
_LINE = re.compile(r"\s*(?:export\s+)?([A-Z0-9_]+)\s*=\s*(.*?)\s*")
_INIT = "make it with `stillwater init --compose`"


@dataclass(frozen=True)
class Fault:
    """Something that is wrong, and what mends it. Neither ever holds the value of a secret."""

    what: str
    mend: str


def read_env(folder: Path) -> dict[str, str]:
    """The variables of `.env`; none when there is no file."""
    try:
        lines = (folder / ".env").read_text().splitlines()
    except OSError:
        return {}
    found = (_LINE.fullmatch(line) for line in lines if not line.lstrip().startswith("#"))
    return {match[1]: _unquoted(match[2]) for match in found if match}


def env_faults(folder: Path) -> list[Fault]:
    """Whether `.env` is there, kept to its owner, and has everything that docker-compose.yml cannot do without."""
    compose, env = folder / "docker-compose.yml", folder / ".env"
    if not compose.exists():
        return [Fault(f"there is no docker-compose.yml in {folder}", "run doctor in the installation's folder")]
    if not env.exists():
        return [Fault(f"there is no .env in {folder}", _INIT)]
    values, faults = read_env(folder), []
    if env.stat().st_mode & 0o077:
        faults.append(Fault(".env can be read by others than its owner", "chmod 600 .env"))
    faults += [Fault(f".env lacks {name}", _mend(name)) for name in required(compose) if not values.get(name)]
    if not _port(values):
        faults.append(Fault("STILLWATER_PORT in .env is no port", "set it to a number from 1 to 65535"))
    return faults + [_bad_json(name) for name, value in values.items() if _should_be_json(name, value)]


def required(compose: Path) -> list[str]:
    """The variables that a compose file names without a default, in their order."""
    found = _VARIABLE.findall(compose.read_text())
    return list(dict.fromkeys(name for name, default in found if not default))


def port_of(values: dict[str, str]) -> int:
    """The port that the gateway is to listen on, 8080 when it is not said or is none."""
    return _port(values) or 8080


def _port(values: dict[str, str]) -> int | None:
    text = values.get("STILLWATER_PORT") or "8080"
    return int(text) if text.isdecimal() and 0 < int(text) < 65536 else None


def _mend(name: str) -> str:
    if name.startswith("STILLWATER_") and name not in ("STILLWATER_PATIENT_SIGNING_KEY", "STILLWATER_INDEX_KEY"):
        return "fill it in; docs/operations.md says with what"
    return "take it from the backup of .env: a new one does not fit the data; for a new installation, " + _INIT


def _should_be_json(name: str, value: str) -> bool:
    if not value or not (name.endswith("_SEAL_KEYS") or name in ("STILLWATER_PATIENT_JWKS",)):
        return False
    try:
        return not isinstance(json.loads(value), dict)
    except ValueError:
        return True


def _bad_json(name: str) -> Fault:
    return Fault(f"{name} in .env is not whole", "take it from the backup of .env")


def _unquoted(value: str) -> str:
    return value[1:-1] if len(value) > 1 and value[0] == value[-1] and value[0] in "'\"" else value
