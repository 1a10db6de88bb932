"""PINs, and asking the second person for theirs (domain H.4)."""

import asyncio
import json
import os
from datetime import timedelta
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from pydantic import BaseModel
from sqlmodel import select

from services.scheduling.domain.witness import WITNESS_ROLES, PinKept, Tried, Verdict, after_trying, before_trying
from services.scheduling.models import StaffPin
from services.scheduling.schemas.stock import PinRequest, RevokePinRequest, Witness
from services.scheduling.schemas.stockanswers import StaffPinView
from services.scheduling.stock import views as stockviews
from shared.clinicfile.controlled import ControlledPolicy
from shared.clinicfile.store import active_clinic
from shared.clock import wall_now
from shared.db.unit_of_work import UnitOfWork
from shared.http import require_fresh_login, require_role
from shared.problems import NOT_FOUND, FieldError, problem_kind

WITNESS_REFUSED = problem_kind(
    "WITNESS_REFUSED", 409, "The second person could not be confirmed",
    "Have another nurse, clinician or director of the clinic enter their own PIN; `errors` says what was wrong.",
)  # fmt: skip
LOGIN_MAX_AGE = timedelta(minutes=15)
_LANES, _PASSES, _KIB = 1, 2, 19_456  # the smallest of OWASP's equal settings of Argon2id
_KEPT = """
SELECT pin, roles, set_at, tries, locked_until FROM staff_pin WHERE organisation_id = $1 AND subject = $2 FOR UPDATE
"""
_TRIED = "UPDATE staff_pin SET tries = $3, locked_until = $4 WHERE organisation_id = $1 AND subject = $2"


class PinHash(BaseModel):
    """The hash of a PIN in PHC form, with its salt."""

    phc: str


async def set_pin(uow: UnitOfWork, request: PinRequest) -> StaffPinView:
    """Set the own PIN; it counts with the roles that the caller has today. Raises STEP_UP_NEEDED, FORBIDDEN."""
    require_role(uow, None, *WITNESS_ROLES)
    require_fresh_login(uow, LOGIN_MAX_AGE)
    phc = await asyncio.to_thread(_hashed, request.pin.get_secret_value())
    subject = uow.caller.subject
    roles = sorted([str(clinic), role] for clinic, role in uow.caller.roles if role in WITNESS_ROLES)
    row = await _pin(uow, subject) or StaffPin(
        organisation_id=uow.organisation_id, subject=subject, pin="", roles=[], set_at=wall_now()
    )
    row.pin = uow.seal_column("staff_pin", "pin", subject, PinHash(phc=phc))
    row.roles, row.set_at, row.tries, row.locked_until = roles, wall_now(), 0, None
    uow.session.add(row)
    await uow.audit("update", "staff_pin", subject, reason="SET")
    return stockviews.staff_pin(row)


async def revoke_pin(uow: UnitOfWork, request: RevokePinRequest) -> StaffPinView:
    """Somebody witnesses nowhere until they set a PIN anew. Raises FORBIDDEN, NOT_FOUND."""
    require_role(uow, request.clinic_id, "director", "admin")
    row = await _pin(uow, request.subject)
    if row is None or not any(clinic == str(request.clinic_id) for clinic, _ in row.roles):
        raise NOT_FOUND()
    row.roles = []
    await uow.audit("update", "staff_pin", request.subject, clinic_id=request.clinic_id, reason="REVOKED")
    return stockviews.staff_pin(row)


async def witnessed(
    uow: UnitOfWork, clinic_id: UUID, kind: str, witness: Witness | None, pointer: str = "/witness"
) -> str | None:
    """Who saw it; None where the clinic asks for nobody. Call it before anything is locked.

    Raises WITNESS_REFUSED. A wrong PIN is counted although what it was given for is refused.
    """
    policy = (await active_clinic(uow, clinic_id)).file.controlled
    if witness is None:
        if policy.needs_witness(kind):
            raise WITNESS_REFUSED(errors=[FieldError(pointer, "WITNESS_MISSING")])
        return None
    verdict = await _ask(uow, clinic_id, witness, policy)
    if verdict is not Verdict.RIGHT:
        raise WITNESS_REFUSED(errors=[FieldError(pointer, verdict.value)], params={"verdict": verdict.value})
    return witness.subject


async def _ask(uow: UnitOfWork, clinic_id: UUID, witness: Witness, policy: ControlledPolicy) -> Verdict:
    """In a transaction of its own, which holds the PIN: guesses come one after the other, and each is counted."""
    if witness.subject == uow.caller.subject:
        return Verdict.IS_ACTOR
    whose = uow.organisation_id, witness.subject
    pool = await uow.service.database.pool()
    async with pool.acquire() as connection, connection.transaction():
        found = await connection.fetchrow(_KEPT, *whose)
        kept = _kept(found)
        refused = before_trying(kept, clinic_id, wall_now(), policy)
        if refused is not None or kept is None or found is None:
            return refused or Verdict.NO_PIN
        phc = uow.open_column("staff_pin", "pin", witness.subject, found["pin"], PinHash).phc
        right = await asyncio.to_thread(_is_right, witness.pin.get_secret_value(), phc)
        tried: Tried = after_trying(kept, right=right, now=wall_now(), policy=policy)
        if (tried.tries, tried.locked_until) != (kept.tries, kept.locked_until):
            await connection.execute(_TRIED, *whose, tried.tries, tried.locked_until)
    return tried.verdict


def _kept(row: Any) -> PinKept | None:
    if row is None:
        return None
    roles = frozenset((UUID(clinic), role) for clinic, role in json.loads(row["roles"]))
    return PinKept(set_at=row["set_at"], roles=roles, tries=row["tries"], locked_until=row["locked_until"])


async def _pin(uow: UnitOfWork, subject: str) -> StaffPin | None:
    mine = select(StaffPin).where(StaffPin.organisation_id == uow.organisation_id, StaffPin.subject == subject)
    return (await uow.session.exec(mine.with_for_update())).first()


def _hashed(pin: str) -> str:
    found: str = _argon(os.urandom(16)).derive_phc_encoded(pin.encode())
    return found


def _argon(salt: bytes) -> Argon2id:
    return Argon2id(salt=salt, length=32, iterations=_PASSES, lanes=_LANES, memory_cost=_KIB)


def _is_right(pin: str, phc: str) -> bool:
    try:
        Argon2id.verify_phc_encoded(pin.encode(), phc)
    except InvalidKey:
        return False
    return True
