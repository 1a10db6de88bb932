"""The `.env` of a compose installation: fresh random secrets, each service given only what is meant for it."""

import json
import os
from pathlib import Path
from secrets import token_urlsafe

from shared.events import SERVICES
from shared.runtime.secrets import STAFF_ISSUER, Secrets

_HEAD = """\
# Secrets and settings of this installation, made by `stillwater init --compose`. Never commit it; back it up:
# without the seal keys the databases cannot be read.
"""


TO_FILL_IN = (
    "STILLWATER_PORTAL_URL", "STILLWATER_STAFF_ISSUER", "STILLWATER_STAFF_JWKS", "STILLWATER_SMS_URL",
    "STILLWATER_SMS_ACCOUNT", "STILLWATER_SMS_TOKEN", "STILLWATER_SMS_FROM", "STILLWATER_SMS_CALLBACK_BASE",
    "STILLWATER_SMTP_URL", "STILLWATER_SMTP_USER", "STILLWATER_SMTP_PASSWORD", "STILLWATER_MAIL_FROM",
)  # fmt: skip


class EnvExists(Exception):
    """There is a `.env` already; new secrets would lock everybody out of the data that the old ones sealed."""


def environment(secrets: Secrets, *, development: bool, port: int) -> dict[str, str]:
    """The variables that docker-compose.yml reads. Outside development some are empty, for the operator to fill in."""
    values = {
        "STILLWATER_ENV": "development" if development else "production",
        "STILLWATER_PORT": str(port),
        **(_stand_ins(secrets, port) if development else dict.fromkeys(TO_FILL_IN, "")),
        "STILLWATER_PATIENT_JWKS": secrets.patient_signing.public_jwks,
        "STILLWATER_PATIENT_SIGNING_KEY": secrets.patient_signing.private_jwk,
        "STILLWATER_INDEX_KEY": secrets.index_key,
        "KAFKA_CLUSTER_ID": _cluster_id(),
        "POSTGRES_PASSWORD": token_urlsafe(24),
    }
    for service in SERVICES:
        name = service.upper()
        values[f"{name}_DB_PASSWORD"] = token_urlsafe(24)
        values[f"{name}_KAFKA_PASSWORD"] = token_urlsafe(24)
        values[f"{name}_SEAL_KEYS"] = json.dumps(secrets.sealing_of(service))
    return values


def _stand_ins(secrets: Secrets, port: int) -> dict[str, str]:
    """Development: tokens are signed by the own issuer, texts go to the stand-in, mail to the catcher."""
    return {
        "COMPOSE_PROFILES": "development",
        "STILLWATER_PORTAL_URL": f"http://localhost:{port}/portal",
        "STILLWATER_STAFF_ISSUER": STAFF_ISSUER,
        "STILLWATER_STAFF_JWKS": secrets.staff_signing.public_jwks,
        "STILLWATER_SMS_URL": "http://sms:8000",
        "STILLWATER_SMS_ACCOUNT": "AC0000000000",
        "STILLWATER_SMS_TOKEN": secrets.sms_token,
        "STILLWATER_SMS_FROM": "+12085550100",
        "STILLWATER_SMS_CALLBACK_BASE": "http://notifications-api:8000",
        "STILLWATER_SMTP_URL": "smtp://mail:1025",
        "STILLWATER_MAIL_FROM": "visits@clinic.example",
    }


def write(path: Path, values: dict[str, str]) -> None:
    """Write `.env`, readable by the owner alone. Raises EnvExists instead of replacing one."""
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    except FileExistsError:
        raise EnvExists(f"{path} is there already; remove it yourself if its data is gone too") from None
    with open(descriptor, "w") as file:
        file.write(_HEAD + "".join(f"{name}='{value}'\n" for name, value in values.items()))


def _cluster_id() -> str:
    """A Kafka cluster id: 16 random bytes as base64url. One that looks like an option would confuse Kafka's tools."""
    while (made := token_urlsafe(16)).startswith("-"):
        continue
    return made
