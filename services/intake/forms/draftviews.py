"""How a draft is shown: what counts, what differs, what is still to be asked."""

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from services.intake.domain.formanswers import asked_again, dangers, unanswered
from services.intake.domain.register import Conflict, Entry, conflicts, standing
from services.intake.domain.safety import CRISIS
from services.intake.forms.drafts import entries_of, is_over
from services.intake.forms.files import form_in_force, form_under
from services.intake.models import FormDraft
from services.intake.schemas.drafts import ConflictView, DraftView, GivenAnswerView
from services.intake.views import Wall, speaks_of_crisis
from shared.clinicfile.forms import Form
from shared.clinicfile.store import active_clinic
from shared.db.unit_of_work import UnitOfWork


class Filled(NamedTuple):
    """A draft with its answers, the version of the form that it has, and the one in force, if the form is used."""

    draft: FormDraft
    entries: Sequence[Entry]
    pinned: Form
    current: Form | None

    @property
    def form(self) -> Form:
        """The form by which the answers count: of a form that is no longer used, the one that was shown."""
        return self.current or self.pinned

    @property
    def answers(self) -> dict[str, object]:
        return {question: entry.saved.answer for question, entry in standing(self.entries).items()}

    @property
    def asked_again(self) -> list[str]:
        """Questions that asked something else when they were answered."""
        given = {question: entry.saved.asked for question, entry in standing(self.entries).items()}
        return asked_again(self.form, self.answers, given)


async def filled(uow: UnitOfWork, draft: FormDraft) -> Filled:
    """A draft with everything that its state depends on."""
    in_force = await form_in_force(uow, draft.clinic_id, draft.form)
    pinned = await form_under(uow, draft.clinic_id, draft.file_hash, draft.form)
    return Filled(draft, await entries_of(uow, draft), pinned, in_force.form if in_force else None)


async def draft_view(uow: UnitOfWork, found: Filled, *, in_danger: bool = False) -> DraftView:
    """A draft as the caller may see it. Help is shown `in_danger`, and with answers that mean danger (A.6)."""
    draft, wall = found.draft, await _wall(uow, found.draft.clinic_id)
    seen = [entry for entry in found.entries if _may_see(uow, entry)]
    shown = {question: entry.saved.answer for question, entry in standing(seen).items()}
    in_crisis = await speaks_of_crisis(uow, draft.clinic_id, *shown.values())
    known = {question.id for question in found.form.questions}
    newer = found.form.version if found.form.version != draft.form_version else None
    return DraftView(
        form=draft.form, form_version=draft.form_version,
        state="SUBMITTED" if draft.state == "SUBMITTED" else "OPEN", expired=is_over(draft, uow.now),
        opened_at=wall.at(draft.opened_at),
        expires_at=wall.perhaps(draft.expires_at), submitted_at=wall.perhaps(draft.submitted_at),
        answers=tuple(_given(uow, entry, wall) for entry in standing(found.entries).values()),
        conflicts=conflict_views(uow, conflicts(found.entries), wall),
        unanswered=tuple(unanswered(found.form, found.answers)), newer_version=newer,
        asked_again=tuple(found.asked_again), not_in_form=tuple(sorted({*found.answers} - known)),
        crisis=CRISIS if in_danger or in_crisis or dangers(found.form, shown) or dangers(found.pinned, shown) else None,
    )  # fmt: skip


def conflict_views(uow: UnitOfWork, found: Sequence[Conflict], wall: Wall) -> tuple[ConflictView, ...]:
    return tuple(
        ConflictView(question=one.question, answers=tuple(_given(uow, entry, wall) for entry in one.answers))
        for one in found
    )


def _given(uow: UnitOfWork, entry: Entry, wall: Wall) -> GivenAnswerView:
    return GivenAnswerView(
        question=entry.saved.question, answer=entry.saved.answer if _may_see(uow, entry) else None,
        answered_at=wall.at(entry.answered_at), source=entry.source, by=entry.by, device=entry.saved.device,
    )  # fmt: skip


def _may_see(uow: UnitOfWork, entry: Entry) -> bool:
    """A proxy sees its own answers only: what the patient says about, say, drugs is the patient's."""
    return uow.caller.proxy_scope is None or entry.by == uow.caller.subject


async def _wall(uow: UnitOfWork, clinic_id: UUID) -> Wall:
    return Wall((await active_clinic(uow, clinic_id)).file.zone)
