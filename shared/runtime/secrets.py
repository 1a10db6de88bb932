"""Secrets of the embedded runtime: made once per data folder; each service is given only what is meant for it."""

import base64
import os
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict

from shared.auth.keys import new_signing_key
from shared.events import SERVICES
from shared.settings import Settings

STAFF_ISSUER = "urn:stillwater:development"
AUDIENCES = {
    "intake": ("identity", "contact", "clinical"),
    "scheduling": ("identity", "clinical"),
    "notifications": ("identity", "contact"),
    "billing": ("identity", "contact", "clinical"),
}


class SigningPair(BaseModel):
    """A signing key as a private JWK and the JWKS that verifies it, both JSON text."""

    model_config = ConfigDict(frozen=True)

    private_jwk: str
    public_jwks: str

    def __repr__(self) -> str:
        return "SigningPair(...)"

    __str__ = __repr__

    @classmethod
    def fresh(cls) -> "SigningPair":
        key = new_signing_key()
        return cls(private_jwk=key.private_jwk, public_jwks=key.public_jwks)


class Secrets(BaseModel):
    """Keys of a whole installation; sealing and index keys are 32 bytes in base64url."""

    model_config = ConfigDict(frozen=True)

    seal_keys: dict[str, dict[str, str]]
    rest_keys: dict[str, dict[str, str]]
    index_key: str
    staff_signing: SigningPair
    patient_signing: SigningPair
    sms_token: str

    def __repr__(self) -> str:
        return "Secrets(...)"

    __str__ = __repr__

    @classmethod
    def fresh(cls) -> "Secrets":
        """New random secrets."""
        audiences = sorted({name for names in AUDIENCES.values() for name in names})
        return cls(
            seal_keys={audience: {"k1": _key()} for audience in audiences},
            rest_keys={service: {"k1": _key()} for service in SERVICES},
            index_key=_key(),
            staff_signing=SigningPair.fresh(),
            patient_signing=SigningPair.fresh(),
            sms_token=_key(),
        )

    def sealing_of(self, service_name: str) -> dict[str, dict[str, str]]:
        """The seal keys one service may hold: its audiences and its own `rest`."""
        shared = {name: self.seal_keys[name] for name in AUDIENCES[service_name]}
        return shared | {"rest": self.rest_keys[service_name]}

    def settings(self, service_name: str, **given: Any) -> Settings:
        """Development settings of one service with its audiences only; `given` is added and wins."""
        values: dict[str, Any] = {
            "env": "development",
            "seal_keys": self.sealing_of(service_name),
            "index_key": self.index_key,
            "staff_issuer": STAFF_ISSUER,
            "staff_jwks": self.staff_signing.public_jwks,
            "patient_jwks": self.patient_signing.public_jwks,
        }
        if service_name == "intake":
            values["patient_signing_key"] = self.patient_signing.private_jwk
        if service_name in ("intake", "notifications"):
            values["mail_from"] = "visits@clinic.example"
        if service_name == "notifications":
            values |= {"sms_account": "AC0000000000", "sms_token": self.sms_token, "sms_from": "+12085550100"}
        return Settings(**values | given)


def make_secrets(path: Path) -> Secrets:
    """The secrets kept at `path`; made there, readable by the owner alone, when there are none yet."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        fresh = path.with_suffix(f".{os.getpid()}")
        with open(os.open(fresh, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "w") as file:
            file.write(Secrets.fresh().model_dump_json(indent=1))
            file.flush()
            os.fsync(file.fileno())
        fresh.rename(path)
    return Secrets.model_validate_json(path.read_bytes())


def _key() -> str:
    return base64.urlsafe_b64encode(os.urandom(32)).decode()
