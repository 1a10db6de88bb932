"""Files in a bucket, over the HTTP protocol that S3 and its like speak; paths name the bucket."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import httpx
from pydantic import SecretBytes

from shared.clock import wall_now
from shared.filestore.base import Missing, StoreAway, checked_folder, checked_name
from shared.filestore.sigv4 import Credentials, Unsigned, canonical_query, signed_headers

_PATIENCE = 20.0
_MOST_LISTED = 1000
_KEYS = re.compile(r"<Key>([0-9a-f-]+/[0-9a-f-]+)</Key>")  # our names need no XML escapes, and nothing else is ours


@dataclass(frozen=True, slots=True)
class Bucket:
    """Where the files are, and who may reach them."""

    origin: str
    host: str
    name: str
    credentials: Credentials


def bucket_of(url: str, region: str, access_key: str | None, secret_key: SecretBytes | None) -> Bucket:
    """The bucket of a URL such as `s3+https://host/bucket`. Raises ValueError for anything else, or without keys."""
    parts = urlsplit(url)
    name = parts.path.strip("/")
    if parts.scheme not in ("s3+https", "s3+http") or not parts.netloc or not name or "/" in name:
        raise ValueError("the file store is neither file:///folder nor s3+https://host/bucket")
    if not access_key or secret_key is None:
        raise ValueError("a bucket needs an access key and a secret key")
    origin = f"{parts.scheme.removeprefix('s3+')}://{parts.netloc}"
    return Bucket(origin, parts.netloc, name, Credentials(access_key, secret_key.get_secret_value().decode(), region))


class S3Store:
    """A store in a bucket. Each call is one request, signed for itself."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket

    async def put(self, name: str, content: bytes) -> None:
        _require(await self._ask("PUT", checked_name(name), body=content))

    async def get(self, name: str) -> bytes:
        answer = await self._ask("GET", checked_name(name))
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise Missing
        return _require(answer).content

    async def delete(self, name: str) -> None:
        answer = await self._ask("DELETE", checked_name(name))
        if answer.status_code != httpx.codes.NOT_FOUND:
            _require(answer)

    async def names(self, folder: str) -> Sequence[str]:
        query = {"list-type": "2", "max-keys": str(_MOST_LISTED), "prefix": f"{checked_folder(folder)}/"}
        return tuple(_KEYS.findall(_require(await self._ask("GET", "", query)).text))

    async def _ask(self, method: str, name: str, query: Mapping[str, str] = {}, body: bytes = b"") -> httpx.Response:
        path = f"/{self._bucket.name}/{name}".rstrip("/")
        request = Unsigned(method, self._bucket.host, path, query, {}, body)
        headers = signed_headers(request, self._bucket.credentials, wall_now())
        url = f"{self._bucket.origin}{path}" + (f"?{canonical_query(query)}" if query else "")
        try:
            async with httpx.AsyncClient(timeout=_PATIENCE, follow_redirects=False) as http:
                return await http.request(method, url, headers=headers, content=body)
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise StoreAway(type(error).__name__) from None


def _require(answer: httpx.Response) -> httpx.Response:
    if not answer.is_success:
        raise StoreAway(f"Status{answer.status_code}")
    return answer
