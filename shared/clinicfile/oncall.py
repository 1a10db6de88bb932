"""Who is paged when somebody may be in danger and nobody has answered yet (domain A.1, A.6; all numbers `policy`)."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from shared.clinicfile.issues import Issue
from shared.clinicfile.lint import lint
from shared.clinicfile.policies import FilePart

if TYPE_CHECKING:
    from shared.clinicfile.model import ClinicFile

_ON_THIS_MACHINE = ("127.0.0.1", "localhost")
_PORTAL = "https://portal.example.org"
Minutes = Annotated[int, Field(ge=1, le=24 * 60)]
Text = Annotated[str, Field(min_length=1, max_length=100)]


def _webhook(url: str) -> str:
    parts = urlsplit(url)
    local = parts.scheme == "http" and parts.hostname in _ON_THIS_MACHINE
    if not parts.hostname or not (parts.scheme == "https" or local):
        raise ValueError("is not an https address; write it as https://host/path")
    if parts.username or parts.fragment:
        raise ValueError("has a user or a fragment; put a secret into the path or the query")
    return url


class Rung(FilePart):
    """Somebody to page, at an e-mail address or a webhook; `minutes` later the next rung is paged."""

    name: Text
    role: Text
    minutes: Minutes = 10
    email: Annotated[str, Field(max_length=254, pattern=r"^[^@\s]{1,64}@[^@\s]+\.[^@\s.]{2,}$")] | None = None
    webhook: Annotated[str, Field(max_length=500), AfterValidator(_webhook)] | None = Field(
        None, description="gets a POST of JSON: id, reference, to, role, text, sender"
    )

    @model_validator(mode="after")
    def _one_way(self) -> "Rung":
        if (self.email is None) == (self.webhook is None):
            raise ValueError("needs either email or webhook")
        return self


class AlertPages(FilePart):
    """When an alert at the chair (domain C.4) must be acknowledged, and which ones climb the ladder until they are.

    From `at_once_from` on the first rung is paged when an alert is raised; from `page_from` on when its time is over.
    """

    page_from: Literal["WARN", "CRITICAL", "EMERGENCY"] = "CRITICAL"
    at_once_from: Literal["CRITICAL", "EMERGENCY"] = "EMERGENCY"
    urgent_seconds: int = Field(30, ge=5, le=600, description="to acknowledge a CRITICAL or EMERGENCY alert")
    other_minutes: int = Field(5, ge=1, le=60, description="to acknowledge a milder alert")
    text: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        "The clinician on call is needed at the clinic now. Please go there or call, and open the chair board.",
        description="what a page says; nothing about a patient stands in it (domain E.3)",
    )


class OnCall(FilePart):
    """The ladder that a safety concern climbs until a clinician acknowledges it.

    From `page_at_once_from` on the first rung is paged when a concern is raised, milder ones page it when their time to
    be acknowledged is over. Then each rung has its minutes, and the last is paged again every `repeat_minutes`.
    """

    ladder: Annotated[tuple[Rung, ...], Field(max_length=20)] = ()
    page_at_once_from: Literal["LOW", "MODERATE", "HIGH"] = "HIGH"
    repeat_minutes: Minutes = 15
    text: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        "Somebody is waiting for the clinician on call. Please open the worklist now and take up what is on top.",
        description="what a page says; nothing about a patient stands in it (domain E.3)",
    )
    alerts: AlertPages = AlertPages()


def check_on_call(file: "ClinicFile") -> Iterator[Issue]:
    """A clinic without a ladder has nobody to wake, and a page is read on any screen."""
    if not file.on_call.ladder:
        yield Issue(("on_call", "ladder"), "names nobody", "write who is paged first, and who after that (domain A.6)")
    texts = {
        ("on_call", "text"): file.on_call.text, ("on_call", "alerts", "text"): file.on_call.alerts.text,
        ("controlled", "alarms", "text"): file.controlled.alarms.text,
    }  # fmt: skip
    for path, text in texts.items():
        for finding in lint(text, _PORTAL):
            yield Issue(path, f"may not be sent: {finding.code} ({finding.excerpt})", "be neutral")
