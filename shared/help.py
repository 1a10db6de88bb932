"""Help that stands beside a refusal: who was refused may be in danger, and must not be left with an error alone."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

if TYPE_CHECKING:
    from shared.db.unit_of_work import UnitOfWork


class HelpLine(BaseModel):
    """One way to get help now."""

    model_config = ConfigDict(frozen=True)

    name: str
    how: str


class Help(BaseModel):
    """Where to get help now, as it is to be shown."""

    model_config = ConfigDict(frozen=True)

    message: str
    lines: tuple[HelpLine, ...]


HelpFor = Callable[[str, str], Help | None]
"""The help that belongs to a request, by its method and path; None: to most there is none."""


@dataclass(frozen=True, slots=True)
class Refused:
    """An answer that was refused, from somebody who may give it: operation id, parameters of the path, the body as it
    came, and the Idempotency-Key, if it was sent. It is looked at once and kept nowhere."""

    operation: str
    path: Mapping[str, str]
    body: bytes
    key: str | None


HeedRefused = Callable[["UnitOfWork", Refused], Awaitable[None]]
"""What a service does about an answer that it refuses: danger in it is danger all the same."""
