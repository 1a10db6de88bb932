"""Who am I: the same route in every service."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends
from pydantic import BaseModel, Field

from shared.caller import Caller
from shared.http.call import Call, authenticated
from shared.http.document import problems


class ClinicRoles(BaseModel):
    clinic_id: UUID
    roles: list[str]


class Me(BaseModel):
    """The owner of the token."""

    kind: str = Field(description="staff or patient")
    subject: str
    organisation_id: UUID
    clinics: list[ClinicRoles] = Field(description="roles at each clinic; empty for a patient")
    patient_id: UUID | None = None


me_router = APIRouter()


@me_router.get("/v1/me", operation_id="getMe", response_model=Me, responses=problems())
async def get_me(call: Annotated[Call, Depends(authenticated)]) -> Me:
    """Whom the token speaks for: organisation, roles per clinic, or the patient. Raises UNAUTHENTICATED."""
    caller = call.caller
    return Me(
        kind=caller.kind, subject=caller.subject, organisation_id=caller.organisation_id,
        clinics=_clinics(caller), patient_id=caller.patient_id,
    )  # fmt: skip


def _clinics(caller: Caller) -> list[ClinicRoles]:
    return [
        ClinicRoles(clinic_id=clinic, roles=sorted(role for at, role in caller.roles if at == clinic))
        for clinic in sorted(caller.clinics())
    ]
