"""People who act for a patient."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, Field

from services.intake.domain.proxy import Authority, Scope
from services.intake.schemas.fields import Line, Moment, Name, Request
from services.intake.schemas.people import LoginLinkView
from shared.http import Instant
from shared.http.examples import example


class ProxyRequest(Request):
    """Somebody may act for a patient until `expires_at`: fill in `forms`, or book and move visits (`booking`).

    `authority`: by which right. That of a PARENT ends on the day from which nobody needs a guardian any more.
    """

    model_config = example(
        {
            "name": "Ash Hale", "relation": "sister", "scope": ["forms"], "expires_at": "2027-05-01T00:00:00Z",
            "authority": "PATIENT",
        }
    )  # fmt: skip

    name: Name
    relation: Line
    scope: Annotated[frozenset[Scope], Field(min_length=1)]
    expires_at: Moment
    authority: Authority | None = None


class ProxyView(BaseModel):
    """A proxy; its acts are audited as `proxy:<id>`. ENDED from its end or expiry on."""

    id: UUID
    patient_id: UUID
    version: int
    state: Literal["ACTIVE", "ENDED"]
    name: str
    relation: str
    scope: tuple[Scope, ...]
    registered_at: Instant
    expires_at: Instant
    authority: Authority | None = None


class RegisteredProxyView(ProxyView):
    login_link: LoginLinkView
