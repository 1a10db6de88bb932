"""Who acts: a staff member, a patient, the public, or a service reacting to an event or a timer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

Kind = Literal["staff", "patient", "public", "service"]
ROLES = ("frontdesk", "nurse", "clinician", "director", "biller", "admin", "operator")


@dataclass(frozen=True, slots=True)
class Caller:
    """An authenticated caller of one organisation. `roles` are (clinic id, role) pairs; a patient has none.

    `logged_in_at`: when a staff member last proved who they are, by the issuer's `auth_time`; None: it does not say.
    `also_known_as` are ids of records that were merged with the patient's: all of them are the same person.
    A proxy acts for a patient within `proxy_scope`; its subject is `proxy:<id>`, and for anybody else that is None.
    """

    kind: Kind
    subject: str
    organisation_id: UUID
    roles: frozenset[tuple[UUID, str]] = frozenset()
    patient_id: UUID | None = None
    also_known_as: frozenset[UUID] = frozenset()
    proxy_scope: frozenset[str] | None = None
    logged_in_at: datetime | None = None

    def may(self, clinic_id: UUID | None, *roles: str) -> bool:
        """Whether the caller has one of `roles` at the clinic (at any clinic when `clinic_id` is None)."""
        return any(role in roles and clinic_id in (None, clinic) for clinic, role in self.roles)

    def is_patient(self, patient_id: UUID) -> bool:
        """Whether this is the caller's own record, under whichever of its ids."""
        return patient_id == self.patient_id or patient_id in self.also_known_as

    def clinics(self) -> frozenset[UUID]:
        return frozenset(clinic for clinic, _ in self.roles)
