"""Words of crisis in what somebody wrote (domain A.6): help is shown and a person looks at it. Alone they hold nothing,
since they may be about somebody else, or about long ago."""

from collections.abc import Mapping
from datetime import timedelta
from uuid import UUID

from sqlmodel import select

from services.intake.commands.safety.guardians import name_guardian
from services.intake.commands.safety.tasks import open_task
from services.intake.domain.handling import Further
from services.intake.models import Lead
from services.intake.records import locked_person
from shared.clinicfile.crisiswords import speaks_of_crisis
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork

REPLY = "REPLY"


async def heed_words(
    uow: UnitOfWork, person_id: UUID, clinic_id: UUID, texts: Mapping[str, str | None], answer: object
) -> bool:
    """Whether the texts (by where they stand) speak of crisis; then a task is opened. `answer` names what they are of.

    The patient's row, if there is one, must be locked.
    """
    words = (await active_clinic(uow, clinic_id)).file.safety.crisis_words
    found = [where for where, text in texts.items() if text and speaks_of_crisis(text, words)]
    for where in found:
        await _triage(uow, person_id, clinic_id, where, str(answer))
    return bool(found)


async def heed_reply(uow: UnitOfWork, person_id: UUID, clinic_id: UUID | None, reply_id: UUID) -> None:
    """A text to the clinic spoke of crisis, as notifications says, which has answered with where to get help.

    Raises LookupError for somebody who never wrote to or registered at a clinic: then nobody here can look at it.
    """
    patient = await locked_person(uow, person_id)
    lead = (await uow.session.exec(select(Lead).where(Lead.id == person_id))).one_or_none()
    homes = [clinic_id, *(row.clinic_id for row in (patient, lead) if row is not None)]
    home = next((home for home in homes if home is not None), None)
    if home is None:
        raise LookupError("no clinic is known for this person")
    await _triage(uow, patient.id if patient else person_id, home, REPLY, str(reply_id))


async def _triage(uow: UnitOfWork, person_id: UUID, clinic_id: UUID, where: str, answer: str) -> None:
    policy = (await active_clinic(uow, clinic_id)).file.safety
    due_at = uow.now + timedelta(minutes=policy.triage_minutes)
    entry = Further(at=uow.now, source=where, answer=answer)
    await open_task(uow, person_id, clinic_id, "CRISIS_WORDS", entry, due_at)
    await name_guardian(uow, person_id, clinic_id, entry, due_at)
