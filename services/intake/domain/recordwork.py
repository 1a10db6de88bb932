"""What happens to a record as a whole asks of a person: it was merged with another, or opened in an emergency.

A merge is told under both keys. Everything about one item comes from one stream: the item about the merge from the
survivor's, the reviews of the absorbed record from its own.
"""

from collections.abc import Callable, Iterator, Mapping

from services.intake.domain.worklist import Effect, Kind, Told, screening_subject
from shared.events import Event
from shared.events.intake import PatientMerged, PatientUnlinked, RecordOpened


def _merged(told: Told) -> Iterator[Effect]:
    """Somebody looks over both histories, before the next session if there is one. Both are screened as one."""
    merge: PatientMerged = told.event
    if merge.patient_id == merge.survivor_id:
        yield Effect(Kind.RECORDS_MERGED, merge.merge_id, merge.merge_id, due_at=merge.look_by)
        return
    for clinic_id in merge.clinics:
        subject = screening_subject(merge.absorbed_id, clinic_id)
        yield Effect(Kind.SCREENING_REVIEW, subject, merge.merge_id, done=True)


def _unlinked(told: Told) -> Iterator[Effect]:
    """There is nothing to look over any more; each record is screened anew, which asks for what it asks for."""
    if told.event.patient_id == told.event.survivor_id:
        yield Effect(Kind.RECORDS_MERGED, told.event.merge_id, told.event.merge_id, done=True)


def _opened(told: Told) -> Iterator[Effect]:
    """Whoever answers for privacy at the patient's clinic looks at why (H.1), soon after."""
    opened: RecordOpened = told.event
    yield Effect(Kind.BREAK_GLASS, opened.grant_id, opened.grant_id, due_at=opened.until)


RECORD_EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    PatientMerged: _merged,
    PatientUnlinked: _unlinked,
    RecordOpened: _opened,
}
