"""Intake's issuer of patient tokens: 30 minutes of wall time, reaching one patient of one organisation."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from joserfc import jwt
from joserfc.jwk import Key, import_key

from shared.auth.keysets import algorithms_of
from shared.auth.tokens import PATIENT_AUDIENCE, PATIENT_ISSUER
from shared.clock import wall_now
from shared.ids import new_id
from shared.settings import Settings

LIFETIME = timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A bearer token and the wall time at which it ends."""

    token: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class ProxyGrant:
    """Who may act for a patient, in what, and until when (wall time)."""

    proxy_id: UUID
    scope: frozenset[str]
    expires_at: datetime


class NoSigningKey(Exception):
    """This process holds no key to sign patient tokens with."""


class PatientIssuer:
    """Signs patient tokens with `settings.patient_signing_key`. Raises NoSigningKey without one."""

    def __init__(self, settings: Settings) -> None:
        if settings.patient_signing_key is None:
            raise NoSigningKey("set STILLWATER_PATIENT_SIGNING_KEY; only intake has one")
        self._key = signing_key(settings.patient_signing_key.get_secret_value().decode())

    def issue(self, patient_id: UUID, organisation_id: UUID, proxy: ProxyGrant | None = None) -> IssuedToken:
        """A token for this patient, or for a proxy that acts for this patient, good for 30 minutes."""
        claims = {
            "iss": PATIENT_ISSUER,
            "aud": PATIENT_AUDIENCE,
            "sub": str(patient_id),
            "organisation": str(organisation_id),
        }
        if proxy is not None:
            acting = {"act": {"sub": f"proxy:{proxy.proxy_id}"}, "scope": " ".join(sorted(proxy.scope))}
            return sign(self._key, {**claims, **acting}, min(LIFETIME, proxy.expires_at - wall_now()))
        return sign(self._key, claims, LIFETIME)


def signing_key(private_jwk: str) -> Key:
    """The key in a private JWK (JSON)."""
    key = import_key(json.loads(private_jwk))
    key.ensure_kid()
    return key


def sign(key: Key, claims: dict[str, Any], lifetime: timedelta) -> IssuedToken:
    """Sign `claims` with times and a token id added."""
    now = wall_now().replace(microsecond=0)
    times = {"iat": int(now.timestamp()), "exp": int((now + lifetime).timestamp()), "jti": str(new_id())}
    algorithm = algorithms_of(key)[0]
    return IssuedToken(
        jwt.encode({"alg": algorithm, "kid": key.kid}, {**claims, **times}, key, [algorithm]), now + lifetime
    )
