"""Who interprets at a location on some days, and for which appointments somebody does. Reads only.

A language is compared by a keyed digest: which one a patient speaks stands in no column in plain.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from services.scheduling.domain.interpreting import Hearing, Interpreter, Interpreters, Talk
from services.scheduling.domain.place import Block
from services.scheduling.models import LIVE_STATES
from services.scheduling.planning.cover import Watch
from services.scheduling.planning.kept import NOTHING, But, Kept
from shared.clinicfile.model import Location
from shared.db.unit_of_work import UnitOfWork
from shared.derivedkeys import keyed_digest
from shared.events.parts import Identity
from shared.ids import derived_id

NOBODY = ""  # of a patient who needs no interpreter, so that it differs from one of whom that is not known yet
# As in `taken`: no block lasts a day. Merged records are one person, and what any of their cards says counts.
_BOOKED = """
WITH booked AS (
  SELECT id AS taken_by, patient_id, starts_at, ends_at, false AS held FROM appointment
  WHERE organisation_id = $1 AND clinic_id = $2 AND location = $3 AND state = ANY ($4::varchar[])
    AND ends_at > $5 AND starts_at < $6 AND starts_at > $5 - interval '1 day'
  UNION ALL
  SELECT CASE WHEN offer_id IS NULL THEN subject_id END, patient_id, starts_at, ends_at, true FROM slot_hold
  WHERE organisation_id = $1 AND location_id = $7 AND state = 'HELD' AND held_until > $8
    AND ends_at > $5 AND starts_at < $6
)
SELECT DISTINCT b.*, p.interpreter, CASE WHEN p.interpreter IS NULL THEN p.id END AS unread,
  CASE WHEN p.interpreter IS NULL THEN p.identity END AS identity
FROM booked b JOIN patient p ON p.id = ANY (one_person(b.patient_id))
WHERE p.organisation_id = $1 AND p.identity IS NOT NULL AND p.interpreter IS DISTINCT FROM ''
"""


@dataclass(frozen=True, slots=True)
class Voices:
    """Who interprets at a location, and what is booked or held there for whoever needs that, with the language."""

    there: Sequence[Interpreter]
    booked: Sequence[tuple[Kept, str]]
    remote: Mapping[str, int]

    def pool(self, span: Block, but: But = NOTHING) -> Interpreters:
        """What of it touches a span; `but` left out."""
        talks = [Talk(kept.block, language) for kept, language in self.booked if not but.spares(kept)]
        return Interpreters(
            [one for one in self.there if one.block.overlaps(span)],
            [talk for talk in talks if talk.block.overlaps(span)], self.remote,
        )  # fmt: skip

    @property
    def booked_only(self) -> "Voices":
        """The same without what is only held, which lacks nobody yet."""
        return replace(self, booked=[(kept, language) for kept, language in self.booked if not kept.held])

    @property
    def talks(self) -> dict[UUID, Talk]:
        """What is booked, by appointment."""
        return {kept.by: Talk(kept.block, language) for kept, language in self.booked if kept.by and not kept.held}

    def hearing(self, language: str, span: Block, but: But = NOTHING) -> Hearing:
        """What a patient who speaks a language finds within a span; `but` left out."""
        return Hearing(self.pool(span, but), language)


def language_key(uow: UnitOfWork, language: str) -> str:
    """The same for a language wherever it is named in the organisation; it does not tell which one it is."""
    key = uow.service.settings.index_key.get_secret_value()
    return keyed_digest(key, "interpreters", f"{uow.organisation_id}\x1f{language}".encode()).hex()


def interpreter_key(uow: UnitOfWork, card: Identity) -> str:
    """What a patient's row says about interpreting: the key of the language, or NOBODY."""
    return language_key(uow, card.language) if card.interpreter else NOBODY


async def voices_at(
    uow: UnitOfWork, clinic_id: UUID, location: Location, span: Block, watch: Watch | None
) -> Voices | None:  # fmt: skip
    """Who interprets between two instants, of those on duty then; None where the clinic keeps no roster here."""
    if watch is None:
        return None
    await uow.session.flush()
    rows = await uow.sql(
        _BOOKED, uow.organisation_id, clinic_id, location.id, list(LIVE_STATES), span.starts_at, span.ends_at,
        derived_id(clinic_id, location.id), uow.now,
    )  # fmt: skip
    booked = [(Kept(Block(row.starts_at, row.ends_at), row.taken_by, row.held), _language(uow, row)) for row in rows]
    there = [
        Interpreter(duty.person, duty.block, frozenset(language_key(uow, one) for one in duty.interprets))
        for duty in watch.duties if duty.interprets
    ]  # fmt: skip
    remote = {language_key(uow, language): many for language, many in location.interpreters.items()}
    return Voices(there, [(kept, language) for kept, language in booked if language != NOBODY], remote)


async def hearing_at(
    uow: UnitOfWork, language: str | None, clinic_id: UUID, location: Location, span: Block, watch: Watch | None
) -> Hearing | None:
    """What a patient who speaks a language finds; None where nobody has to be found: no need, or no roster."""
    if language is None:
        return None
    voices = await voices_at(uow, clinic_id, location, span, watch)
    return voices.hearing(language_key(uow, language), span) if voices else None


def _language(uow: UnitOfWork, row: Any) -> str:
    """As the patient's row has it; of a card that came before such rows were kept, as the card says."""
    if row.unread is None:
        return str(row.interpreter)
    return interpreter_key(uow, uow.open_column("patient", "identity", row.unread, row.identity, Identity))
