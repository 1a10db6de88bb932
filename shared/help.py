"""Help that stands beside a refusal: who was refused may be in danger, and must not be left with an error alone."""

from collections.abc import Callable

from pydantic import BaseModel, ConfigDict


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
