"""Operators' routes for read models: build one anew from the events that were kept."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends, Path, Response
from pydantic import BaseModel, ConfigDict, Field

from shared.db.unit_of_work import UnitOfWork
from shared.http import Acting, acting, problems
from shared.http.examples import example
from shared.problems import NOT_FOUND
from shared.runtime.rebuilding import rebuild_some
from shared.service import Definition, Service

Operating = Annotated[Acting, Depends(acting("operator"))]
Name = Annotated[str, Path(examples=["worklist"])]


class RebuildRequest(BaseModel):
    """`after` goes on where an answer ended."""

    model_config = ConfigDict(extra="forbid") | example({"after": None})

    after: UUID | None = None


class RebuiltView(BaseModel):
    """What came of a part of it, in patients; `next` is null at the end."""

    model_config = ConfigDict(from_attributes=True)

    same: int = Field(description="what was built is what stands there")
    mended: int = Field(description="some rows differed and were put right")
    rows: int = Field(description="how many rows that were")
    partial: int = Field(description="not all events are kept any more: left as they are")
    refused: dict[str, int] = Field(description="the read model did not take an event: left as they are, by reason")
    left: int = Field(description="still to come")
    next: UUID | None


def read_models_router(definition: Definition, service: Service) -> APIRouter:
    """The routes of one service."""
    router = APIRouter(prefix="/v1/operations/read-models", tags=["operations"])

    @router.post(
        "/{name}/rebuild", operation_id="rebuildReadModel", response_model=RebuiltView, responses=problems(NOT_FOUND)
    )
    async def rebuild(name: Name, body: RebuildRequest, act: Operating) -> Response:
        """Build a read model anew, a part of the patients at a time: go on with `next`. Reads go on meanwhile.

        Raises NOT_FOUND when the service has no read model of that name. Role: operator.
        """

        async def build(uow: UnitOfWork) -> RebuiltView:
            if name not in definition.read_models:
                raise NOT_FOUND()
            await uow.audit("operate", "read-model.rebuild", f"{definition.name}.{name}")
            return RebuiltView.model_validate(await rebuild_some(definition, service, name, after=body.after))

        return await act.run(build)

    return router
