"""May a dose that stands go on? What forbids treatment forbids that too; what only a start needs is over (A.5, D.2)."""

from collections.abc import Iterator
from datetime import datetime
from uuid import UUID

from services.scheduling.domain.care import Blocker, Care, consent_blockers, treatment_blockers
from services.scheduling.domain.cover import Skill
from shared.clinicfile.model import ClinicFile, Protocol

_REVOKED = Blocker("ORDER_REVOKED", "clinician", "The order that this dose was started under was revoked.")
_ALONE = Blocker("PRESCRIBER_NOT_ON_SITE", "admin", "No prescriber is on duty here now; roster who is here.")


def running_blockers(
    care: Care, order_id: UUID | None, on_site: frozenset[Skill] | None, protocol: Protocol, file: ClinicFile,
    now: datetime,
) -> list[Blocker]:  # fmt: skip
    """Why the dose of `order_id` may not go on. `on_site` is None where the clinic keeps no roster here."""
    return [
        *treatment_blockers(care, protocol, now, file.screening.screening_valid_days),
        *consent_blockers(care, file.consents_for(protocol), now),
        *_order(care, order_id),
        *([_ALONE] if on_site is not None and Skill.PRESCRIBER not in on_site else []),
    ]


def _order(care: Care, order_id: UUID | None) -> Iterator[Blocker]:
    if order_id not in {order.order_id for order in care.orders}:
        yield _REVOKED
