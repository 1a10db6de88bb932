"""What a service pages about: safety concerns, alerts at the chair, stock. Each is a row that is raised and ends."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from shared.clinicfile.model import ClinicFile
from shared.clinicfile.oncall import OnCall
from shared.db.unit_of_work import UnitOfWork
from shared.oncall.tables import PageColumns


class Subject(Protocol):
    """What is paged about. `rung` was paged last (0: none) by escalation number `escalations`."""

    id: UUID
    organisation_id: UUID
    clinic_id: UUID
    version: int
    rung: int
    escalations: int
    escalated_at: datetime | None

    @property
    def patient_id(self) -> UUID | None:
        """Whom it is about; None: no patient."""

    @property
    def unanswered(self) -> bool:
        """Whether nobody has acknowledged it, so that somebody must still be told."""


def turn_of(subject: Subject) -> UUID:
    """What happens about one patient happens in turn; what is about none, each by itself."""
    return subject.patient_id or subject.id


def _ladder_of(file: ClinicFile) -> OnCall:
    return file.on_call


@dataclass(frozen=True)
class Duty:
    """How one service pages: `subjects` and `pages` are its tables, `about` the column of `pages` that names a subject.

    `timer` is the kind of timer that lets a subject climb. `lock` holds what happens in turn (`turn_of`). `text` is
    what a page says under the clinic file, and `calls` what a mail says of it in its subject. `climbed` tells others of
    a climb, if any acts on it.

    `on_call` is who is paged at a clinic. `again_at` is when a subject is paged about next, None: not again; without it
    the ladder's own minutes say so.
    """

    timer: str
    subjects: type[Any]
    pages: type[Any]
    about: str
    lock: Callable[[UnitOfWork, UUID], Awaitable[None]]
    text: Callable[[OnCall], str]
    climbed: Callable[[UnitOfWork, Any], None] | None = None
    on_call: Callable[[ClinicFile], OnCall] = _ladder_of
    again_at: Callable[[ClinicFile, Any, datetime], datetime | None] | None = None
    calls: str = "you are needed now"

    def about_of(self, page: PageColumns) -> UUID:
        """The id of what a page is about."""
        found: UUID = getattr(page, self.about)
        return found

    @property
    def resource(self) -> str:
        """The name of the subjects' table, which audit rows name."""
        return str(self.subjects.__tablename__)

    @property
    def page_table(self) -> str:
        """The name of the table of pages."""
        return str(self.pages.__tablename__)
