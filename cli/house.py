"""The embedded house as the command line finds it: its folder, its secrets, where it listens, tokens for it."""

import os
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import import_module
from pathlib import Path
from uuid import UUID

from pydantic import BaseModel, ValidationError

from cli.services import Services
from cli.standins.mail import MailStandin
from cli.standins.sms import SmsStandin
from shared.auth.dev_issuer import DevIssuer
from shared.auth.issuer import PatientIssuer
from shared.events import SERVICES
from shared.ids import named_id
from shared.runtime.embedded import FETCH_WAIT_MS, SECRETS_FILE, EmbeddedHouse
from shared.runtime.secrets import Secrets, make_secrets
from shared.service import Definition
from shared.settings import Settings

DATA = Path(".stillwater")
PORT = 8080
CLINIC = "wellmeadow/larkspur"
_HOUSE_FILE = "house.json"


class CannotDo(Exception):
    """A command cannot be carried out; the text says why and what to do."""


class Whereabouts(BaseModel):
    """Where a running house listens; written beside its data when it starts."""

    url: str
    kafka: str


def definitions() -> list[Definition]:
    """The four services; imported only by commands that run them, since that takes its time."""
    return [import_module(f"services.{name}.app").DEFINITION for name in SERVICES]


@asynccontextmanager
async def open_house(data: Path, port: int = PORT) -> AsyncIterator[EmbeddedHouse]:
    """A running house with SMS and mail stand-ins beside it; its whereabouts are written down for other commands.

    Raises PartsFailed, AddressTaken, WrongIsolation.
    """
    secrets = make_secrets(data / SECRETS_FILE)
    sms = SmsStandin(_settings(secrets, "notifications").sms_account or "", secrets.sms_token, data / "sms.jsonl")
    mail = MailStandin(data / "mail.jsonl")
    post = {"smtp_url": await mail.start()}
    texts = {"sms_url": await sms.start(), "sms_callback_base": f"http://127.0.0.1:{port}/notifications"}
    try:
        settings = {"intake": post, "scheduling": post, "notifications": post | texts}
        house = EmbeddedHouse(definitions(), data, port, settings=settings)
        async with house.running():
            here = Whereabouts(url=house.url, kafka=house.services["intake"].settings.kafka)
            (data / _HOUSE_FILE).write_text(here.model_dump_json())
            yield house
    finally:
        await sms.stop()
        await mail.stop()


def whereabouts(data: Path) -> Whereabouts:
    """Where the house of this folder listens, as it last said. Raises CannotDo."""
    try:
        return Whereabouts.model_validate_json((data / _HOUSE_FILE).read_bytes())
    except (OSError, ValidationError):
        raise CannotDo(f"no house has run in {data}: start it with `stillwater up`") from None


def service_urls(data: Path) -> dict[str, str]:
    """Base addresses by service: under STILLWATER_URL, else where the house of this folder said, else on port 8080."""
    base = os.environ.get("STILLWATER_URL")
    if base is None:
        base = whereabouts(data).url if (data / _HOUSE_FILE).exists() else f"http://127.0.0.1:{PORT}"
    return {name: f"{base.rstrip('/')}/{name}" for name in SERVICES}


_ADMINISTRATOR = ("admin", "director", "operator")


def services(data: Path, clinic: str = CLINIC, roles: Iterable[str] = _ADMINISTRATOR) -> Services:
    """Clients with STILLWATER_TOKEN, else a development token with these roles. Raises CannotDo, NotInProduction."""
    token = os.environ.get("STILLWATER_TOKEN") or staff_token(data, clinic, roles)
    return Services.at(service_urls(data), token)


def require_service(name: str) -> None:
    """Raises CannotDo unless a service has that name."""
    if name not in SERVICES:
        raise CannotDo(f"there is no service {name!r}: use {', '.join(SERVICES)}")


def staff_token(data: Path, clinic: str, roles: Iterable[str]) -> str:
    """A development token for a staff member of `organisation/clinic`. Raises CannotDo, NotInProduction."""
    organisation, clinic_id = _ids(clinic)
    secrets = _secrets(data)
    issuer = DevIssuer(_settings(secrets, "intake"), secrets.staff_signing.private_jwk)
    pairs = [(clinic_id, role) for role in roles]
    return issuer.issue("development", organisation, pairs).token


def patient_token(data: Path, clinic: str, patient_id: UUID) -> str:
    """A development token of a patient, good for 30 minutes. Raises CannotDo, NotInProduction."""
    staff_token(data, clinic, ())
    return PatientIssuer(_settings(_secrets(data), "intake")).issue(patient_id, _ids(clinic)[0]).token


def broker_settings(data: Path) -> Settings:
    """Settings that lead to the broker: the environment's if it is a service's, else those of this folder's house."""
    if "STILLWATER_DATABASE_URL" in os.environ:
        return Settings()
    return _settings(_secrets(data), "intake", kafka=whereabouts(data).kafka, kafka_fetch_max_wait_ms=FETCH_WAIT_MS)


def clinic_id(clinic: str) -> UUID:
    """The id of `organisation/clinic`. Raises CannotDo."""
    return _ids(clinic)[1]


def _secrets(data: Path) -> Secrets:
    if not (data / SECRETS_FILE).exists():
        raise CannotDo(f"there are no secrets in {data}: run `stillwater init`, or set STILLWATER_TOKEN")
    return make_secrets(data / SECRETS_FILE)


def _settings(secrets: Secrets, service: str, kafka: str = "nowhere:9", **given: object) -> Settings:
    env = os.environ.get("STILLWATER_ENV", "development")
    nowhere = "postgresql://nowhere/nothing"
    return secrets.settings(service, env=env, database_url=nowhere, kafka=kafka, **given)


def _ids(clinic: str) -> tuple[UUID, UUID]:
    organisation, slash, name = clinic.partition("/")
    if not (organisation and slash and name):
        raise CannotDo(f"--clinic is written organisation/clinic, such as {CLINIC}")
    return named_id("organisation", organisation), named_id("clinic", clinic)
