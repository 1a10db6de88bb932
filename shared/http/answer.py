"""A view as an HTTP answer: its JSON, and its version as a strong ETag."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from fastapi import Response
from pydantic import BaseModel

from shared.db.unit_of_work import Position

EVENT_HEADER = "Stillwater-Event"


@dataclass(frozen=True, slots=True)
class Answer:
    """Status, JSON text (empty for none) and headers."""

    status: int
    body: str
    headers: dict[str, str] = field(default_factory=dict)

    def response(self, **more: str) -> Response:
        media = "application/json" if self.body else None
        return Response(self.body or None, self.status, {**self.headers, **more}, media_type=media)


def answer_of(view: BaseModel | None, status: int, written: Sequence[Position] = ()) -> Answer:
    """The answer that shows `view` and says which events were written."""
    headers = {}
    version = getattr(view, "version", None)
    if isinstance(version, int):
        headers["ETag"] = f'"{version}"'
    if written:
        headers[EVENT_HEADER] = ", ".join(map(str, written))
    return Answer(status, view.model_dump_json() if view is not None else "", headers)
