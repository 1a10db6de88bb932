"""An answer that is refused is looked at all the same, since it may tell of danger (domain A.6)."""

import structlog
from fastapi import Request

from shared.help import HeedRefused, Refused
from shared.http.call import Call
from shared.problems import Problem
from shared.runtime.logs import trouble

_log = structlog.get_logger("shared.http")


async def heed_refused(request: Request) -> None:
    """Let the service look at what it refuses, in a unit of work of its own, after the refused one was rolled back.

    Only what somebody says of their health, and only from whoever the route let in. The refusal stands whatever comes
    of this, with help beside it; what goes wrong here is logged by its type and place, never with what was sent.
    """
    call: Call | None = getattr(request.state, "let_in", None)
    if call is None or request.state.help is None:
        return
    heed: HeedRefused | None = request.app.state.heed
    if heed is None:
        return
    try:
        key = request.headers.get("Idempotency-Key")
        refused = Refused(call.operation, dict(request.path_params), await request.body(), key)
        async with call.unit_of_work() as uow:
            await heed(uow, refused)
    except Problem as problem:
        _log.warning("a refused answer was not heeded", code=problem.kind.code)
    except Exception as error:
        _log.error("a refused answer was not heeded", **trouble(error))
