"""Signatures of requests to S3: AWS Signature Version 4, as its own documentation defines it."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who signs, for which region. The secret is never shown."""

    access_key: str
    secret_key: str
    region: str

    def __repr__(self) -> str:
        return "Credentials(...)"


@dataclass(frozen=True, slots=True)
class Unsigned:
    """A request as it will be sent: path and query not escaped yet, `host` as in the header."""

    method: str
    host: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes


def signed_headers(request: Unsigned, credentials: Credentials, at: datetime) -> dict[str, str]:
    """The headers that the request is sent with: its own, the time, the body's digest, and the signature."""
    digest = hashlib.sha256(request.body).hexdigest()
    stamp = at.strftime("%Y%m%dT%H%M%SZ")
    headers = {
        **{name.lower(): value.strip() for name, value in request.headers.items()},
        "host": request.host, "x-amz-content-sha256": digest, "x-amz-date": stamp,
    }  # fmt: skip
    names = ";".join(sorted(headers))
    scope = f"{stamp[:8]}/{credentials.region}/s3/aws4_request"
    canonical = "\n".join(
        (
            request.method, quote(request.path, safe="/-_.~"), canonical_query(request.query),
            *(f"{name}:{headers[name]}" for name in sorted(headers)), "", names, digest,
        )
    )  # fmt: skip
    to_sign = "\n".join((_ALGORITHM, stamp, scope, hashlib.sha256(canonical.encode()).hexdigest()))
    signature = hmac.new(_key(credentials, stamp[:8]), to_sign.encode(), hashlib.sha256).hexdigest()
    who = f"{credentials.access_key}/{scope}"
    return headers | {"authorization": f"{_ALGORITHM} Credential={who},SignedHeaders={names},Signature={signature}"}


def canonical_query(query: Mapping[str, str]) -> str:
    """The query as it is signed, and so has to be sent."""
    return "&".join(f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}" for name, value in sorted(query.items()))


def _key(credentials: Credentials, day: str) -> bytes:
    key = f"AWS4{credentials.secret_key}".encode()
    for part in (day, credentials.region, "s3", "aws4_request"):
        key = hmac.new(key, part.encode(), hashlib.sha256).digest()
    return key
