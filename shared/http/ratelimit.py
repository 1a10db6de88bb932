"""Rate limits of one process, for public routes and search. Keys are digests, so no address or subject is kept."""

import math
import time

from fastapi import Request
from limits import parse
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from shared.derivedkeys import keyed_digest
from shared.problems import RATE_LIMITED


def limit_rate(request: Request, limit: str, operation: str, who: str) -> None:
    """Count one call of `who` against a limit such as `30/minute`. Raises RATE_LIMITED with Retry-After."""
    item = parse(limit)
    key = keyed_digest(_secret(request), "rate limit", who.encode()).hex()
    limiter = _limiter(request)
    if not limiter.hit(item, operation, key):
        seconds = limiter.get_window_stats(item, operation, key).reset_time - time.time()
        raise RATE_LIMITED(headers={"Retry-After": str(max(1, math.ceil(seconds)))})


def _secret(request: Request) -> bytes:
    secret: bytes = request.app.state.service.settings.index_key.get_secret_value()
    return secret


def _limiter(request: Request) -> MovingWindowRateLimiter:
    state = request.app.state
    if not hasattr(state, "rate_limiter"):
        state.rate_limiter = MovingWindowRateLimiter(MemoryStorage())
    limiter: MovingWindowRateLimiter = state.rate_limiter
    return limiter
