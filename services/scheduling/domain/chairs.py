"""Which chair holds which session: one chair for the whole course if there is one, else as few as possible (D.2)."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from services.scheduling.domain.place import Block


def assign_chairs(
    chairs: Sequence[UUID], blocks: Sequence[Block], taken: Mapping[UUID, Sequence[Block]]
) -> list[UUID | None]:
    """A chair per block, None where all are taken. The chair that is free most often comes first, then file order."""
    free = {chair: [_is_free(block, taken.get(chair, ())) for block in blocks] for chair in chairs}
    ranked = sorted(chairs, key=lambda chair: -sum(free[chair]))
    return [next((chair for chair in ranked if free[chair][index]), None) for index in range(len(blocks))]


def _is_free(block: Block, taken: Sequence[Block]) -> bool:
    return not any(block.overlaps(other) for other in taken)
