"""What appointments have around them, read once however often it is looked at: a location between two instants, a
patient's time, courses, orders. Reads only; what was read is as it was then.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

from services.scheduling import records
from services.scheduling.domain.care import Order
from services.scheduling.domain.course import Elsewhere
from services.scheduling.domain.interpreting import Hearing
from services.scheduling.domain.needs import Needs, needs_of
from services.scheduling.domain.place import Block, Closure, Place
from services.scheduling.planning.cover import Cover, Watch, covered_by, watch_of
from services.scheduling.planning.ground import closures_at, desk_id
from services.scheduling.planning.interpreting import Voices, language_key, voices_at
from services.scheduling.planning.kept import NOTHING, But, Kept, blocks_of
from services.scheduling.planning.own import Own, elsewhere_of, own_time, taken_of
from services.scheduling.planning.series import CourseNow, course_now
from services.scheduling.planning.taken import by_seat, taken_at
from shared.clinicfile.model import ClinicFile, Location
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Modality

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Around:
    """A location between two instants: its closures, when each seat is taken and by what, who watches whom."""

    file: ClinicFile
    location: Location
    span: Block
    closures: tuple[Closure, ...]
    seats: Mapping[UUID, Sequence[Kept]]
    watch: Watch | None

    def place(self, length: timedelta) -> Place:
        """The location for blocks of a length."""
        return Place(self.file.zone, self.location.hours, self.closures, length)

    def taken(self, seats: Sequence[UUID], span: Block, but: But) -> dict[UUID, list[Block]]:
        """When seats are taken within a span; `but` left out."""
        found = {seat: blocks_of(self.seats.get(seat, ()), but) for seat in seats}
        if span == self.span:
            return found
        return {seat: [block for block in blocks if block.overlaps(span)] for seat, blocks in found.items()}

    def cover(self, modality: Modality, span: Block, but: But) -> Cover:
        """The cover within a span; the session `but` left out."""
        watch = self.watch.within(span) if self.watch and span != self.span else self.watch
        return covered_by(watch, self.file, self.location, modality, but=but)


class Sight:
    """Reads what decides where appointments may go, each thing once. `ahead`: so much more of a location is read.

    `beside_holds`: what is held for an appointment already stays held, and is in its way as well.
    """

    def __init__(self, uow: UnitOfWork, ahead: timedelta = timedelta(0), *, beside_holds: bool = False) -> None:
        self.uow, self._ahead, self._beside_holds = uow, ahead, beside_holds
        self._around: dict[UUID, Around] = {}
        self._known: dict[tuple[object, ...], Any] = {}

    def but(self, appointment_id: UUID) -> But:
        """What is not in the way of an appointment."""
        return But(appointment_id, and_held=not self._beside_holds)

    async def around(self, clinic_id: UUID, file: ClinicFile, location: Location, span: Block) -> Around:
        """A location for at least a span."""
        desk = desk_id(clinic_id, location.id)
        known = self._around.get(desk)
        if known is None or span.starts_at < known.span.starts_at or span.ends_at > known.span.ends_at:
            both = [span, *([known.span] if known else [])]
            wider = Block(min(one.starts_at for one in both), max(one.ends_at for one in both) + self._ahead)
            known = self._around[desk] = await self._read(clinic_id, file, location, wider)
        return known

    async def _read(self, clinic_id: UUID, file: ClinicFile, location: Location, span: Block) -> Around:
        taken = await taken_at(self.uow, clinic_id, location.id, span)
        return Around(
            file, location, span, await closures_at(self.uow, clinic_id, location.id),
            by_seat(taken), await watch_of(self.uow, clinic_id, file, location.id, span, taken),
        )  # fmt: skip

    async def busy(self, patient_id: UUID, but: But) -> tuple[Block, ...]:
        """When the patient is booked or held a slot; `but` left out."""
        return tuple(blocks_of(taken_of(await self._own(patient_id)), but))

    async def elsewhere(self, patient_id: UUID, course_id: UUID) -> tuple[Elsewhere, ...]:
        """The patient's sessions of other courses, at every clinic."""
        return elsewhere_of(await self._own(patient_id), but=course_id)

    async def _own(self, patient_id: UUID) -> Sequence[Own]:
        return await self._once(("time", patient_id), lambda: own_time(self.uow, patient_id))

    async def orders(self, patient_id: UUID, clinic_id: UUID) -> Sequence[Order]:
        """The patient's signed orders of a clinic."""
        return await self._once(
            ("orders", patient_id, clinic_id), lambda: records.orders_of(self.uow, patient_id, clinic_id)
        )

    async def needs(self, patient_id: UUID) -> Needs:
        """What the patient needs of a chair, and in which language somebody has to interpret."""

        async def read() -> Needs:
            return needs_of(await records.cards_of(self.uow, patient_id))

        return await self._once(("needs", patient_id), read)

    async def hearing(
        self, patient_id: UUID, clinic_id: UUID, around: Around, span: Block, but: But = NOTHING
    ) -> Hearing | None:
        """What a patient who needs an interpreter finds at a location within a span; None where nobody has to be found:
        the patient needs none, or the clinic keeps no roster here."""
        language = (await self.needs(patient_id)).language
        if language is None:
            return None
        voices = await self.voices(clinic_id, around)
        return voices.hearing(language_key(self.uow, language), span, but) if voices else None

    async def voices(self, clinic_id: UUID, around: Around) -> Voices | None:
        """Who interprets at a location, and for which appointments; None without a roster."""
        place, span = around.location, around.span
        return await self._once(
            ("voices", clinic_id, place.id, span), lambda: voices_at(self.uow, clinic_id, place, span, around.watch)
        )

    async def course(self, course_id: UUID) -> CourseNow:
        """A course as it stands."""
        return await self._once(("course", course_id), lambda: course_now(self.uow, course_id))

    async def _once(self, about: tuple[object, ...], read: Callable[[], Awaitable[T]]) -> T:
        if about not in self._known:
            self._known[about] = await read()
        found: T = self._known[about]
        return found
