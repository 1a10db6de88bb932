"""The story of a clinic's main job, told over HTTP: from a web form to the end of a course, and two who must wait.

A library: give it the addresses of a running house and it tells the same story to an embedded one and to compose. Every
step repeats itself harmlessly, so a story can be told again from its beginning after any interruption.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from cli.demo.http import Answer, House, StepFailed
from cli.demo.people import CAST, Cast, Person
from shared.clinicfile.model import ClinicFile

Texts = Callable[[], Awaitable[list[dict[str, Any]]]]


class Clock(Protocol):
    """The development clock of a house."""

    async def now(self) -> datetime:
        """Business time."""

    async def reach(self, moment: datetime) -> None:
        """Move forward to a moment and let everything settle; a moment in the past changes nothing."""

    async def settle(self) -> None:
        """Wait until nothing is under way."""


@dataclass
class Patient:
    """What the story knows of one patient as it goes along."""

    person: Person
    act: str
    id: str = ""
    record_number: str = ""
    token: str = ""
    came_at: datetime = datetime.min


@dataclass(frozen=True)
class Treatment:
    """What is ordered and booked: `dose` as the order takes it, `times` are local starts that are tried in turn."""

    modality: str = "IV_MOOD"
    protocol: str = "IV_MOOD_6"
    document: str = "IV_TREATMENT"
    dose: Mapping[str, Any] = field(default_factory=lambda: {"mg_per_kg": "0.5", "minutes": 40})
    pattern: tuple[str, ...] = ("mon", "wed", "fri")
    times: tuple[str, ...] = ("09:00", "11:30", "14:00")


@dataclass
class Story:
    """`staff` are tokens by role; `texts` reads what the SMS provider took; `apply` puts the clinic file into force."""

    house: House
    staff: Mapping[str, str]
    clinic: ClinicFile
    clock: Clock
    texts: Texts
    apply: Callable[[], Awaitable[list[str]]]
    cast: Cast = CAST
    treatment: Treatment = field(default_factory=Treatment)
    treated: Patient = field(init=False)
    deferred: Patient = field(init=False)
    endangered: Patient = field(init=False)
    lead: Answer = field(init=False)
    course: Answer = field(init=False)
    session: Answer = field(init=False)
    due: list[dict[str, Any]] = field(init=False)
    number: int = 1

    def __post_init__(self) -> None:
        self.treated = Patient(self.cast.treated, "treated")
        self.deferred = Patient(self.cast.deferred, "deferred")
        self.endangered = Patient(self.cast.endangered, "endangered")

    @property
    def patients(self) -> list[UUID]:
        return [UUID(patient.id) for patient in (self.treated, self.deferred, self.endangered)]

    @property
    def first_visit(self) -> dict[str, Any]:
        """The course's first appointment as it was booked."""
        visit: dict[str, Any] = self.course["sessions"][0]
        return visit

    @property
    def visit(self) -> dict[str, Any]:
        """The appointment of session `number` as the course was last read."""
        return self.visit_of(self.number)

    def visit_of(self, number: int) -> dict[str, Any]:
        """The appointment of a session as the course was last read."""
        visit: dict[str, Any] = next(one for one in self.course["sessions"] if one["session_number"] == number)
        return visit

    @property
    def seat(self) -> str:
        """Tells the acts of one session from those of another."""
        return f"session {self.number} "


Step = Callable[[Story], Awaitable[list[str]]]


def require(happened: object, otherwise: str) -> None:
    """Raises StepFailed unless it happened."""
    if not happened:
        raise StepFailed(otherwise)


def money(amount: dict[str, Any]) -> str:
    """Cents as people write them."""
    return f"{amount['currency']} {amount['amount_cents'] / 100:,.2f}"
