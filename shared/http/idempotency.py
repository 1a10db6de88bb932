"""Idempotency-Key: the row first, the command once, the stored answer again (design: HTTP).

The row is written before anything else in the command's transaction, so a second call with the key waits for the first:
if that commits, the second finds its answer; if it rolls back, the second runs the command itself.
"""

import hmac
import json
from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.exc import DBAPIError

from shared.db.unit_of_work import UnitOfWork
from shared.derivedkeys import keyed_digest
from shared.http.answer import Answer
from shared.http.trouble import LOCK_TIMEOUT
from shared.messaging.trouble import sqlstate
from shared.problems import KEY_REUSED, problem_kind

KEY_IN_USE = problem_kind(
    "IDEMPOTENCY_KEY_IN_USE",
    409,
    "The first request with this Idempotency-Key still runs",
    "Send the same request again shortly.",
    retryable=True,
)

_BEGIN = """
INSERT INTO idempotency AS i (organisation_id, subject, route, key, body_mac) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (organisation_id, subject, route, key) DO UPDATE
SET body_mac = excluded.body_mac, status = NULL, answer = NULL, headers = NULL, created_at = clock_timestamp()
WHERE i.created_at < clock_timestamp() - interval '7 days'
RETURNING key
"""
_EARLIER = """
SELECT body_mac, status, answer, headers::text AS headers FROM idempotency
WHERE organisation_id = $1 AND subject = $2 AND route = $3 AND key = $4
"""
_FINISH = """
UPDATE idempotency SET status = $5, answer = $6, headers = $7::text::jsonb
WHERE organisation_id = $1 AND subject = $2 AND route = $3 AND key = $4
"""


class _Stored(BaseModel):
    body: str


@dataclass(frozen=True, slots=True)
class Attempt:
    """One call with a key: `route` is the operation, `request` the bytes that make two calls the same."""

    route: str
    key: str
    request: bytes

    async def begin(self, uow: UnitOfWork) -> Answer | None:
        """Take the key, waiting for another call with it; the stored answer if that one committed.

        Raises IDEMPOTENCY_KEY_REUSED for another body, IDEMPOTENCY_KEY_IN_USE when the wait took too long.
        """
        mac = self._mac(uow)
        try:
            taken = await uow.sql(_BEGIN, *self._row(uow), mac)
        except DBAPIError as error:
            if sqlstate(error) == LOCK_TIMEOUT:
                raise KEY_IN_USE(headers={"Retry-After": "1"}) from None
            raise
        return None if taken else await self._earlier(uow, mac)

    async def finish(self, uow: UnitOfWork, answer: Answer) -> None:
        """Keep the answer, sealed, for 7 days; last before the commit."""
        sealed = uow.seal_column("idempotency", "answer", self._place(uow), _Stored(body=answer.body))
        await uow.sql(_FINISH, *self._row(uow), answer.status, sealed, json.dumps(answer.headers))

    async def _earlier(self, uow: UnitOfWork, mac: bytes) -> Answer:
        row = (await uow.sql(_EARLIER, *self._row(uow)))[0]
        if not hmac.compare_digest(row.body_mac, mac):
            raise KEY_REUSED()
        stored = uow.open_column("idempotency", "answer", self._place(uow), row.answer, _Stored)
        return Answer(row.status, stored.body, json.loads(row.headers))

    def _row(self, uow: UnitOfWork) -> tuple[object, ...]:
        return uow.organisation_id, uow.caller.subject, self.route, self.key

    def _place(self, uow: UnitOfWork) -> str:
        return "/".join(map(str, self._row(uow)))

    def _mac(self, uow: UnitOfWork) -> bytes:
        secret: bytes = uow.service.settings.index_key.get_secret_value()
        return keyed_digest(secret, "idempotency", self.request)


def canonical_request(path_params: dict[str, str], query: str, body: bytes) -> bytes:
    """What two calls must share to be the same: path, query, and the body's content however it is spaced or ordered."""
    try:
        content = json.dumps(json.loads(body), sort_keys=True, separators=(",", ":")).encode()
    except (ValueError, RecursionError):
        content = body
    return json.dumps([sorted(path_params.items()), query]).encode() + b"\n" + content
