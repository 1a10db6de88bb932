"""Secrets of the embedded runtime: made once per data folder; each service is given only what is meant for it."""

import base64
import json
import os
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey
from pydantic import BaseModel, ConfigDict

from shared.events import SERVICES
from shared.settings import Settings

STAFF_ISSUER = "urn:stillwater:development"
AUDIENCES = {
    "intake": ("identity", "contact", "clinical"),
    "scheduling": ("identity", "clinical"),
    "notifications": ("identity", "contact"),
    "billing": ("identity", "contact", "clinical"),
}


class Secrets(BaseModel):
    """Keys as text: 32 bytes in base64url, signing keys as private JWKs."""

    model_config = ConfigDict(frozen=True)

    seal_keys: dict[str, dict[str, str]]
    rest_keys: dict[str, dict[str, str]]
    index_key: str
    staff_signing_key: dict[str, Any]
    patient_signing_key: dict[str, Any]
    sms_token: str

    @classmethod
    def fresh(cls) -> "Secrets":
        """New random secrets."""
        audiences = sorted({name for names in AUDIENCES.values() for name in names})
        return cls(
            seal_keys={audience: {"k1": _key()} for audience in audiences},
            rest_keys={service: {"k1": _key()} for service in SERVICES},
            index_key=_key(),
            staff_signing_key=_signing_key("staff-1"),
            patient_signing_key=_signing_key("patient-1"),
            sms_token=_key(),
        )

    def settings(self, service_name: str, **given: Any) -> Settings:
        """Development settings of one service with its audiences only; `given` is added and wins."""
        values: dict[str, Any] = {
            "env": "development",
            "seal_keys": {name: self.seal_keys[name] for name in AUDIENCES[service_name]}
            | {"rest": self.rest_keys[service_name]},
            "index_key": self.index_key,
            "staff_issuer": STAFF_ISSUER,
            "staff_jwks": _public(self.staff_signing_key),
            "patient_jwks": _public(self.patient_signing_key),
        }
        if service_name == "intake":
            values["patient_signing_key"] = json.dumps(self.patient_signing_key)
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


def _signing_key(key_id: str) -> dict[str, Any]:
    key = ECKey.generate_key("P-256", {"kid": key_id, "use": "sig", "alg": "ES256"})
    return dict(key.as_dict(private=True))


def _public(private: dict[str, Any]) -> str:
    return json.dumps({"keys": [ECKey.import_key(private).as_dict(private=False)]})
