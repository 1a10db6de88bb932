"""An API process with one command, that tells what it did or does not: `python -m tests.benchmarks.served api`."""

from uuid import UUID

from fastapi import APIRouter, Depends, Response
from pydantic import BaseModel

from shared.db.unit_of_work import UnitOfWork
from shared.http import Acting, acting
from shared.ids import new_id
from shared.runtime.main import run
from shared.service import Definition
from tests.integration.messaging.kit import signed

router = APIRouter()
_ROW = "INSERT INTO effect (event_id, type, key, seq, document) VALUES ($1, 'signed', $2, 1, 'ketamine')"


class Made(BaseModel):
    """What was written."""

    id: UUID


@router.post("/v1/told/{tells}", operation_id="writeDown", status_code=201, response_model=Made)
async def write_down(tells: bool, act: Acting = Depends(acting("frontdesk"))) -> Response:
    """Write a row and its audit row and, when it tells, the event about it."""
    return await act.run(lambda uow: _write_down(uow, tells), status=201)


async def _write_down(uow: UnitOfWork, tells: bool) -> Made:
    event = signed(new_id())
    await uow.sql(_ROW, event.consent_id, event.patient_id)
    await uow.audit("create", "consent", event.consent_id, patient_id=event.patient_id)
    if tells:
        uow.emit(event, key=event.patient_id, subject=event.consent_id, clinic_id=None)
    return Made(id=event.consent_id)


if __name__ == "__main__":
    run(Definition("intake", lambda: router, {}))
