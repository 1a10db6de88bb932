"""Blocks that are taken, by what, and what is left out of them for somebody."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from services.scheduling.domain.place import Block


class Kept(NamedTuple):
    """A block that is taken. `by`: the appointment, or what it is held for; None counts for everybody, as an offer."""

    block: Block
    by: UUID | None = None
    held: bool = False


@dataclass(frozen=True, slots=True)
class But:
    """What is left out of what is taken: an appointment, and what is held for it, unless `and_held` says otherwise."""

    subject: UUID | None
    and_held: bool = True

    def spares(self, kept: Kept) -> bool:
        return self.subject is not None and kept.by == self.subject and (self.and_held or not kept.held)


NOTHING = But(None)


def blocks_of(kept: Iterable[Kept], but: But = NOTHING) -> list[Block]:
    """Blocks that are taken."""
    return [one.block for one in kept if not but.spares(one)]
