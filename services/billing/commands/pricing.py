"""What the clinic file in force says, or why it cannot say it."""

from dataclasses import dataclass
from uuid import UUID

from services.billing.domain.prices import SessionPrice, session_price
from services.billing.domain.reasons import Reason
from shared.clinicfile.store import NO_CLINIC_FILE, ActiveClinic, active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.problems import Problem, problem_kind

PRICE_UNKNOWN = problem_kind(
    "PRICE_UNKNOWN",
    409,
    "The clinic file still has no price for it",
    "Apply a clinic file with the price, then repeat.",
)


@dataclass(frozen=True, slots=True)
class Priced:
    """A price and the clinic file that it was made under."""

    clinic: ActiveClinic
    price: SessionPrice


async def clinic_in_force(uow: UnitOfWork, clinic_id: UUID) -> ActiveClinic | None:
    """The clinic's file; None when none was applied yet, which a fact must survive."""
    try:
        return await active_clinic(uow, clinic_id)
    except Problem as problem:
        if problem.kind is not NO_CLINIC_FILE:
            raise
        return None


async def price_of(uow: UnitOfWork, clinic_id: UUID, protocol: str) -> Priced | Reason:
    """The price of a session of a protocol, or why a person must be asked."""
    clinic = await clinic_in_force(uow, clinic_id)
    if clinic is None:
        return Reason.NO_CLINIC_FILE
    price = session_price(clinic.file, protocol)
    return Priced(clinic, price) if price else Reason.NO_PRICE
