"""Public keys of issuers: from JSON in the configuration, or from a URL, kept and read again for an unknown key id."""

import json
from collections.abc import Callable
from typing import Any, Protocol

import httpx
from joserfc.errors import JoseError
from joserfc.jwk import Key, KeySet, OctKey

from shared.clock import monotonic
from shared.problems import problem_kind

ISSUER_AWAY = problem_kind(
    "ISSUER_AWAY", 503, "The issuer of staff tokens is not reachable", "Try again shortly.", retryable=True
)
_FRESH_FOR = 600.0
_NOT_AGAIN_WITHIN = 30.0
_ALGORITHMS = {"RSA": ("RS256",), "EC": ("ES256",), "OKP": ("Ed25519", "EdDSA")}


class KeySource(Protocol):
    """Where the keys of an issuer come from."""

    async def key(self, kid: str | None) -> Key | None:
        """The key with this id (the only key, if the token names none)."""


class InlineKeys:
    """Keys written in the configuration."""

    def __init__(self, jwks: str) -> None:
        self._keys = parse_keys(json.loads(jwks))

    async def key(self, kid: str | None) -> Key | None:
        return _pick(self._keys, kid)


class RemoteKeys:
    """Keys behind a URL. Kept for 10 minutes; an unknown id reads them again, at most every 30 seconds."""

    def __init__(self, url: str, seconds: Callable[[], float] = monotonic) -> None:
        self._url, self._seconds = url, seconds
        self._keys: list[Key] = []
        self._read_at: float | None = None

    async def key(self, kid: str | None) -> Key | None:
        """Raises ISSUER_AWAY when no keys were ever read."""
        if self._older_than(_FRESH_FOR):
            await self._read()
        found = _pick(self._keys, kid)
        if found is None and self._older_than(_NOT_AGAIN_WITHIN):
            await self._read()
            found = _pick(self._keys, kid)
        return found

    def _older_than(self, seconds: float) -> bool:
        return self._read_at is None or self._seconds() - self._read_at > seconds

    async def _read(self) -> None:
        try:
            async with httpx.AsyncClient(timeout=5) as client:
                answer = await client.get(self._url)
            self._keys = parse_keys(answer.raise_for_status().json())
        except (httpx.HTTPError, ValueError) as error:
            if not self._keys:
                raise ISSUER_AWAY(headers={"Retry-After": "5"}) from error
        self._read_at = self._seconds()


def key_source(jwks: str) -> KeySource:
    """The source for a setting that holds a URL or the JWKS itself."""
    return InlineKeys(jwks) if jwks.lstrip().startswith("{") else RemoteKeys(jwks)


def parse_keys(jwks: Any) -> list[Key]:
    """The usable public keys of a JWKS: a shared secret among them is never one. Raises ValueError."""
    if not isinstance(jwks, dict) or not isinstance(jwks.get("keys"), list):
        raise ValueError("a JWKS is an object with a list of keys")
    try:
        keys = KeySet.import_key_set({"keys": jwks["keys"]}).keys if jwks["keys"] else []
    except (JoseError, KeyError, TypeError) as error:
        raise ValueError("the JWKS holds a key that cannot be read") from error
    return [key for key in keys if not isinstance(key, OctKey) and key.get("use") in (None, "sig")]


def algorithms_of(key: Key) -> tuple[str, ...]:
    """What a key may sign with: as it declares, within what its type allows; so no token picks its own algorithm."""
    allowed = _ALGORITHMS.get(key.key_type, ())
    declared = key.get("alg")
    if declared in ("EdDSA", "Ed25519"):
        return tuple(name for name in allowed if name in ("EdDSA", "Ed25519"))
    return allowed if declared is None else tuple(name for name in allowed if name == declared)


def _pick(keys: list[Key], kid: str | None) -> Key | None:
    if kid is None:
        return keys[0] if len(keys) == 1 else None
    return next((key for key in keys if key.kid == kid), None)
