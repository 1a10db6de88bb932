"""Patients whom name and birth date do not tell apart: a third identifier is asked for at check-in."""

from collections.abc import Sequence
from uuid import UUID

from sqlmodel import col, select

from services.scheduling.models import Patient
from services.scheduling.promised import promised
from shared.aliases import person_ids
from shared.db.unit_of_work import UnitOfWork
from shared.derivedkeys import keyed_digest
from shared.events.parts import Identity
from shared.words import words

_AT_ONCE = 500


def name_key(uow: UnitOfWork, card: Identity) -> str:
    """The same for every patient of the organisation with this legal name and birth date; it tells neither."""
    told = "\x1f".join((str(uow.organisation_id), card.birth_date.isoformat(), *words(card.legal_name)))
    key = uow.service.settings.index_key.get_secret_value()
    return keyed_digest(key, "namesakes", told.encode()).hex()


async def keep_name_key(uow: UnitOfWork, patient_id: UUID, version: int, card: Identity) -> None:
    """Beside a card that was just kept; one that is older than what is known changes nothing."""
    statement = "UPDATE patient SET name_key = $1 WHERE id = $2 AND version = $3"
    await uow.sql(statement, name_key(uow, card), patient_id, version)


async def has_namesake(uow: UnitOfWork, patient_id: UUID, cards: Sequence[Identity]) -> bool:
    """Whether another person of the organisation has the legal name and birth date of one of these cards.

    Whose key is not known yet, since the card came before keys were kept, gets one; while some are left nobody can
    tell, and the answer is yes.
    """
    if not await _all_keyed(uow):
        return True
    others = select(Patient.id).where(
        Patient.organisation_id == uow.organisation_id, col(Patient.identity).is_not(None),
        col(Patient.name_key).in_({name_key(uow, card) for card in cards}),
        col(Patient.id).not_in(await person_ids(uow, patient_id)),
    )  # fmt: skip
    return (await uow.session.exec(others.limit(1))).first() is not None


async def _all_keyed(uow: UnitOfWork) -> bool:
    unkeyed = select(Patient).where(
        Patient.organisation_id == uow.organisation_id, col(Patient.identity).is_not(None),
        col(Patient.name_key).is_(None),
    ).limit(_AT_ONCE)  # fmt: skip
    for row in await uow.session.exec(unkeyed.with_for_update(skip_locked=True)):
        token = promised(row.identity, "patient.identity")
        row.name_key = name_key(uow, uow.open_column("patient", "identity", row.id, token, Identity))
    await uow.session.flush()
    return (await uow.session.exec(unkeyed.limit(1))).first() is None
