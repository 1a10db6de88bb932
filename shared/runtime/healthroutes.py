"""What health tells, as routes of an app that has others beside them."""

from collections.abc import Awaitable, Callable, Mapping

from fastapi import APIRouter, Response

from shared.runtime.health import Look


def health_router(looks: Mapping[str, Look]) -> APIRouter:
    """A route for each look, by its path; none of them in the description."""
    router = APIRouter(include_in_schema=False)
    for path, look in looks.items():
        router.add_api_route(path, _route(look))
    return router


def _route(look: Look) -> Callable[[], Awaitable[Response]]:
    async def route() -> Response:
        told = await look()
        return Response(told.body, told.status, media_type=told.media_type)

    return route
