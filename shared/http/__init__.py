"""How every service speaks HTTP: authorised routes that act or read, problem documents, idempotency, pages."""

from shared.http.acting import Acting, acting, public_acting
from shared.http.document import problems
from shared.http.guards import require_fresh_login, require_patient, require_role, require_version
from shared.http.install import install_http
from shared.http.instant import Instant, instant
from shared.http.me import me_router
from shared.http.paging import Page, Pages, Paging, page
from shared.http.reading import Reading, public_reading, reading

__all__ = [
    "Acting",
    "Instant",
    "Page",
    "Pages",
    "Paging",
    "Reading",
    "acting",
    "install_http",
    "instant",
    "me_router",
    "page",
    "problems",
    "public_acting",
    "public_reading",
    "reading",
    "require_fresh_login",
    "require_patient",
    "require_role",
    "require_version",
]
