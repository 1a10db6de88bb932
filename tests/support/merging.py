"""What intake says when staff merges two records, and when that is taken back: the same fact under both keys."""

from datetime import UTC, datetime
from uuid import UUID

from shared.events.intake import PatientMerged, PatientUnlinked
from shared.ids import named_id

AT = datetime(2026, 11, 26, 19, tzinfo=UTC)


def merged(survivor: UUID, absorbed: UUID, *, version: int = 1, screened_from: int = 1) -> list[PatientMerged]:
    """One per key."""
    return [
        PatientMerged(
            merge_id=named_id("merge", f"{survivor}/{absorbed}"), patient_id=key, absorbed_id=absorbed,
            survivor_id=survivor, version=version, merged_at=AT, screened_from=screened_from,
        )
        for key in (survivor, absorbed)
    ]  # fmt: skip


def unlinked(survivor: UUID, absorbed: UUID, *, version: int = 2, screened_from: int = 1) -> list[PatientUnlinked]:
    """One per key."""
    return [
        PatientUnlinked(
            merge_id=named_id("merge", f"{survivor}/{absorbed}"), patient_id=key, absorbed_id=absorbed,
            survivor_id=survivor, version=version, unlinked_at=AT, screened_from=screened_from,
        )
        for key in (survivor, absorbed)
    ]  # fmt: skip
