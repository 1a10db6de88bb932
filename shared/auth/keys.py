"""Signing keys of the patient issuer and of the development staff issuer: Ed25519, as JWK."""

import json
from dataclasses import dataclass

from joserfc.jwk import OKPKey

ALGORITHM = "Ed25519"


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A new key: `private_jwk` is a secret of the issuer, `public_jwks` is configuration of everybody else."""

    private_jwk: str
    public_jwks: str


def new_signing_key() -> SigningKey:
    """A new Ed25519 key; its id is the thumbprint of RFC 7638."""
    key = OKPKey.generate_key("Ed25519", {"use": "sig", "alg": ALGORITHM})
    key.ensure_kid()
    return SigningKey(json.dumps(key.as_dict(private=True)), json.dumps({"keys": [key.as_dict(private=False)]}))
