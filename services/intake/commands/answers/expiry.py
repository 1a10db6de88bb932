"""A form that nobody sends in expires some days after its last answer; what is answered late is heeded all the same."""

from collections.abc import Iterable
from datetime import timedelta

from sqlmodel import select

from services.intake.domain.register import Entry
from services.intake.forms.drafts import is_over
from services.intake.models import FormDraft
from services.intake.records import locked_person
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork
from shared.timers import Timer

EXPIRES = "draft_expires"


async def lengthen(uow: UnitOfWork, draft: FormDraft) -> None:
    """A draft was opened or answered: it expires so many days from now."""
    days = (await active_clinic(uow, draft.clinic_id)).file.assessments.draft_valid_days
    first = draft.expires_at is None
    draft.expires_at = uow.now + timedelta(days=days)
    if first:
        await uow.schedule(
            EXPIRES, draft.id, 1, draft.expires_at, key=draft.patient_id, clinic_id=draft.clinic_id
        )  # fmt: skip


async def expire_draft(uow: UnitOfWork, timer: Timer) -> bool:
    """End a draft whose time is over; one that was answered meanwhile is looked at again when its new time comes.

    False when it was sent in.
    """
    await locked_person(uow, timer.key)
    found = select(FormDraft).where(FormDraft.id == timer.aggregate_id, FormDraft.state == "OPEN")
    draft = (await uow.session.exec(found)).one_or_none()
    if draft is None or draft.expires_at is None:
        return False
    if draft.expires_at > uow.now:
        await uow.schedule(
            EXPIRES, draft.id, timer.version + 1, draft.expires_at, key=draft.patient_id, clinic_id=draft.clinic_id
        )
        return True
    await end_if_over(uow, draft)
    return True


async def end_if_over(uow: UnitOfWork, draft: FormDraft) -> None:
    """A draft whose time is over is EXPIRED, whether or not its timer has come."""
    if draft.state == "OPEN" and is_over(draft, uow.now):
        draft.state = "EXPIRED"
        await uow.audit(
            "update", "form_draft", draft.id, patient_id=draft.patient_id, clinic_id=draft.clinic_id, reason="EXPIRED"
        )


def came_late(draft: FormDraft, entries: Iterable[Entry]) -> bool:
    """Whether answers were given while the draft was open, and only came after it had expired: they belong to it."""
    ended = draft.expires_at
    return draft.state == "EXPIRED" and ended is not None and all(entry.answered_at < ended for entry in entries)
