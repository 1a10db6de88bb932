"""How every service speaks HTTP: authorised routes that act or read, problem documents, idempotency, pages.

What is made for the web framework is imported when it is first taken from here. Commands and queries, which workers
import as well, take only the rest.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from shared.http.guards import require_fresh_login, require_patient, require_role, require_version
from shared.http.instant import Instant, instant
from shared.http.paging import Page, Paging, page

if TYPE_CHECKING:
    from shared.http.acts import Acting, acting, public_acting
    from shared.http.document import problems
    from shared.http.install import install_http
    from shared.http.me import me_router
    from shared.http.pages import Pages
    from shared.http.reads import Reading, public_reading, reading
else:
    # No module here is called as one of these: it would hide that, once imported.
    _OF_ROUTES = {
        "Acting": "acts", "Pages": "pages", "Reading": "reads", "acting": "acts", "install_http": "install",
        "me_router": "me", "problems": "document", "public_acting": "acts", "public_reading": "reads",
        "reading": "reads",
    }  # fmt: skip

    def __getattr__(name: str) -> Any:
        if name not in _OF_ROUTES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(f"{__name__}.{_OF_ROUTES[name]}"), name)


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
