"""The API of a service: its routes and those that all services share, made from its Definition."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial

from fastapi import FastAPI

from shared.audit.checking import audit_router
from shared.clinicfile.api import router as clinic_file_router
from shared.http.changes import changes_router
from shared.http.install import install_http
from shared.http.me import me_router
from shared.runtime.clock_loop import begin_clock, run_clock
from shared.runtime.epochs import epoch_router
from shared.runtime.examples import EXAMPLES
from shared.runtime.health import Health, looks
from shared.runtime.healthroutes import health_router
from shared.runtime.loops import Progress
from shared.runtime.measure import Measure
from shared.runtime.operations import operations_router
from shared.runtime.parked import parked_router
from shared.runtime.readmodels import read_models_router
from shared.runtime.supervise import supervise
from shared.service import Definition, Service

VERSION = "1"


def build_app(definition: Definition, service: Service) -> FastAPI:
    """The FastAPI application of a service, with `/live`, `/ready` and `/metrics`."""
    loops: list[Progress] = []
    app = FastAPI(
        title=f"Stillwater {definition.name}", version=VERSION, root_path=service.settings.root_path,
        lifespan=partial(_lifespan, loops=loops),
    )  # fmt: skip
    app.state.service = service
    app.state.hears = frozenset(event.service for event in definition.subscriptions)
    app.state.projects = frozenset(event.service for event in definition.projections)
    app.state.heed = definition.heed
    operators = (
        operations_router(definition, service), parked_router(definition, service), epoch_router(service),
        read_models_router(definition, service), audit_router(service),
    )  # fmt: skip
    for router in (definition.router(), changes_router(service), clinic_file_router, me_router, *operators):
        app.include_router(router)
    app.include_router(health_router(looks(Health(service, lambda: loops, worker=False))))
    install_http(app, (*EXAMPLES, *definition.examples()), definition.help_for)
    app.add_middleware(Measure, service_name=definition.name)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI, loops: list[Progress]) -> AsyncIterator[None]:
    """In development an API process shows moved time; elsewhere an API has no loops."""
    service: Service = app.state.service
    if service.settings.env != "development":
        yield
        return
    await begin_clock(service)
    loops[:] = [progress := Progress("clock")]
    task = asyncio.create_task(supervise(service.name, progress, partial(run_clock, service, progress)))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.wait({task})
        loops.clear()
