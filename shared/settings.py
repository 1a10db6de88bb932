"""Settings of one service process, from the environment (prefix STILLWATER_) or given by the embedded runtime."""

import base64
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretBytes
from pydantic_settings import BaseSettings, SettingsConfigDict

from shared.sealing import Keyring


def _key_bytes(value: Any) -> Any:
    return base64.urlsafe_b64decode(value) if isinstance(value, str) else value


Key = Annotated[SecretBytes, BeforeValidator(_key_bytes), Field(min_length=32)]


class Settings(BaseSettings):
    """What a process needs to know. Unset `env` means production, where development conveniences refuse to exist."""

    model_config = SettingsConfigDict(env_prefix="STILLWATER_", extra="ignore", frozen=True)

    env: Literal["production", "development"] = "production"
    database_url: str = Field(description="postgresql://user:password@host/database")
    kafka: str = Field(description="host:port of the Kafka bootstrap servers, comma separated")
    kafka_fetch_max_wait_ms: int = 500
    kafka_username: str | None = None
    kafka_password: SecretBytes | None = None
    worker_id: str | None = Field(None, description="stable name of a worker: static membership in consumer groups")
    seal_keys: dict[str, dict[str, Key]] = Field(description="audience -> key id -> 32 bytes, base64url")
    index_key: Key = Field(description="key of blind indexes, idempotency and cursor MACs, base64url")
    staff_issuer: str = Field(description="`iss` of staff tokens")
    staff_jwks: str = Field(description="URL of the staff issuer's JWKS, or the JWKS itself as JSON")
    staff_audience: str = "stillwater"
    staff_roles_claim: str = "stillwater_roles"
    staff_organisation_claim: str = "stillwater_organisation"
    patient_jwks: str = Field(description="JWKS of the patient issuer (intake) as JSON")
    patient_signing_key: SecretBytes | None = Field(None, description="intake only: private JWK as JSON")
    sms_url: str | None = Field(
        None, description="notifications only: base URL of the SMS provider (Twilio's protocol)"
    )
    sms_account: str | None = None
    sms_token: SecretBytes | None = None
    sms_from: str | None = None
    sms_callback_base: str | None = Field(
        None, description="public base URL of notifications as the SMS provider sees it"
    )
    smtp_url: str | None = Field(
        None, description="intake and notifications: mail server, smtp+starttls://host:587, smtps://host or smtp://host"
    )
    smtp_user: str | None = None
    smtp_password: SecretBytes | None = None
    mail_from: str | None = Field(None, description="address that e-mail comes from; its domain names our messages")
    files_url: str | None = Field(
        None, description="intake only: where documents lie, sealed: file:///folder or s3+https://host/bucket"
    )
    files_region: str = "us-east-1"
    files_access_key: str | None = None
    files_secret_key: SecretBytes | None = None
    applied_months: int = Field(
        0, ge=0, description="full months of what read models applied that are kept; 0: all, so that every patient can"
        " be rebuilt",
    )  # fmt: skip
    root_path: str = Field("", description="path under which a gateway shows this API, such as /intake")
    portal_url: str = Field("http://localhost/portal", description="base of links in messages")

    def keyring(self) -> Keyring:
        """The sealing keys that this service holds."""
        return Keyring(
            {
                audience: {key_id: key.get_secret_value() for key_id, key in keys.items()}
                for audience, keys in self.seal_keys.items()
            }
        )
