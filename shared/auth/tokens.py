"""Who a bearer token speaks for: staff of any OpenID Connect issuer, or a patient of intake's issuer.

Signature, algorithm (pinned by the key), issuer, audience and expiry are checked before any other claim is believed.
"""

import json
import warnings
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from joserfc import jws, jwt
from joserfc.errors import ExpiredTokenError, JoseError, SecurityWarning
from joserfc.jwk import Key
from joserfc.jwt import JWTClaimsRegistry

from shared.auth.keysets import KeySource, algorithms_of, key_source
from shared.caller import ROLES, Caller
from shared.clock import wall_now
from shared.problems import UNAUTHENTICATED, Problem, problem_kind
from shared.settings import Settings

PATIENT_ISSUER = "stillwater-intake"
PATIENT_AUDIENCE = "stillwater-patient"
LEEWAY_SECONDS = 10
_CHALLENGE = {"WWW-Authenticate": "Bearer"}

TOKEN_EXPIRED = problem_kind("TOKEN_EXPIRED", 401, "The token has expired", "Log in again and send the new token.")


class Expired(Problem):
    """The token was right once: `caller` is who it spoke for."""

    def __init__(self, caller: Caller) -> None:
        super().__init__(TOKEN_EXPIRED, None, (), {}, {"WWW-Authenticate": 'Bearer error="invalid_token"'})
        self.caller = caller


def unauthenticated(detail: str | None = None) -> Problem:
    """The refusal of a missing or wrong token."""
    return UNAUTHENTICATED(detail, headers=_CHALLENGE)


class TokenVerifier:
    """Verifies bearer tokens for one service process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._staff: KeySource = key_source(settings.staff_jwks)
        self._patients: KeySource = key_source(settings.patient_jwks)

    async def caller(self, token: str) -> Caller:
        """The caller. Raises UNAUTHENTICATED, TOKEN_EXPIRED (as Expired) or ISSUER_AWAY."""
        patient = _issuer(token) == PATIENT_ISSUER
        claims = await self._verified(token, self._patients if patient else self._staff)
        expected = (
            (PATIENT_ISSUER, PATIENT_AUDIENCE)
            if patient
            else (self._settings.staff_issuer, self._settings.staff_audience)
        )
        expired = _is_expired(claims, *expected)
        caller = _patient(claims) if patient else self._staff_member(claims)
        if expired:
            raise Expired(caller)
        return caller

    async def _verified(self, token: str, source: KeySource) -> dict[str, Any]:
        key = await source.key(_header(token).get("kid"))
        if key is None:
            raise unauthenticated("The token was signed with a key that is not known here")
        return _claims(token, key)

    def _staff_member(self, claims: dict[str, Any]) -> Caller:
        organisation = claims.get(self._settings.staff_organisation_claim)
        pairs = claims.get(self._settings.staff_roles_claim)
        if not isinstance(pairs, list) or not claims["sub"]:
            raise unauthenticated("The token names no roles")
        roles = frozenset(filter(None, map(_role, pairs)))
        return Caller("staff", claims["sub"], _uuid(organisation), roles, logged_in_at=_moment(claims.get("auth_time")))


def _header(token: str) -> dict[str, Any]:
    return jws.extract_compact(_bytes(token)).headers()


def _issuer(token: str) -> Any:
    """The issuer that the token claims, only to choose whose keys to check it with."""
    try:
        claims = json.loads(jws.extract_compact(_bytes(token)).payload or b"")
    except (JoseError, ValueError):
        raise unauthenticated("The token is not a signed JWT") from None
    return claims.get("iss") if isinstance(claims, dict) else None


def _bytes(token: str) -> bytes:
    return token.encode("ascii", "replace")


def _claims(token: str, key: Key) -> dict[str, Any]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.decode(_bytes(token), key, algorithms=algorithms_of(key)).claims
    except (JoseError, ValueError):
        raise unauthenticated("The token's signature is not valid") from None


def _is_expired(claims: dict[str, Any], issuer: str, audience: str) -> bool:
    """Whether the token is past its time; everything else that is wrong raises UNAUTHENTICATED."""
    now = int(wall_now().timestamp())
    registry = JWTClaimsRegistry(
        now=now, leeway=LEEWAY_SECONDS, iss={"essential": True, "value": issuer},
        aud={"essential": True, "value": audience}, sub={"essential": True}, exp={"essential": True},
    )  # fmt: skip
    expired = False
    try:
        registry.validate({name: value for name, value in claims.items() if name != "exp"} | {"exp": now + 1})
        registry.validate_exp(claims.get("exp"))
    except ExpiredTokenError:
        expired = True
    except (JoseError, TypeError):
        raise unauthenticated("The token was issued for something else") from None
    if not isinstance(claims["sub"], str):
        raise unauthenticated("The token's subject is not text")
    return expired


def _patient(claims: dict[str, Any]) -> Caller:
    """The patient, or a proxy that acts for the patient (RFC 8693 `act`) within the token's `scope`."""
    patient_id, organisation = _uuid(claims["sub"]), _uuid(claims.get("organisation"))
    if "act" not in claims:
        return Caller("patient", str(patient_id), organisation, patient_id=patient_id)
    scope = frozenset(str(claims.get("scope", "")).split())
    return Caller("patient", _actor(claims["act"]), organisation, patient_id=patient_id, proxy_scope=scope)


def _actor(actor: Any) -> str:
    subject = actor.get("sub") if isinstance(actor, dict) else None
    if not isinstance(subject, str) or not subject:
        raise unauthenticated("The token names nobody who acts")
    return subject


def _role(pair: Any) -> tuple[UUID, str] | None:
    """`<clinic id>:<role>`; roles of other software in the same claim are left out."""
    clinic, _, role = str(pair).partition(":")
    return (_uuid(clinic), role) if role in ROLES else None


def _moment(seconds: Any) -> datetime | None:
    """A time as OpenID Connect writes it, in seconds; None when it is no time that can be, which is as not saying."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        return None
    try:
        return datetime.fromtimestamp(seconds, UTC)
    except (OverflowError, ValueError, OSError):
        return None


def _uuid(text: Any) -> UUID:
    try:
        return UUID(str(text))
    except ValueError:
        raise unauthenticated("The token names an organisation, clinic or patient that is no UUID") from None
