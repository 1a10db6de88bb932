"""What a process imports is what it needs: who answers nobody has neither routes nor what routes are made with."""

import subprocess
import sys

from tests.contract.sources import ROOT, SERVICES

# All that `python -m services.NAME worker` and `migrate` import, then the name of every module that is there.
_WORKERS = f"""
import sys
import shared.db.migrations, shared.runtime.main, shared.runtime.worker
{"; ".join(f"import services.{name}.app" for name in SERVICES)}
print(*sys.modules)
"""
_ROUTES = ("api", "examples")
_FOR_ROUTES = {"fastapi", "starlette", "limits", "websockets", "shared.runtime.app"}
_WHEN_NEEDED = {"cel", "holidays", "icalendar"}


def modules_of_workers() -> set[str]:
    ended = subprocess.run([sys.executable, "-c", _WORKERS], check=True, capture_output=True, text=True, cwd=ROOT)
    return set(ended.stdout.split())


def test_workers_and_migrations_import_no_routes_and_nothing_that_is_heavy_and_seldom_needed() -> None:
    found = modules_of_workers()
    assert {f"services.{name}.handlers" for name in SERVICES} <= found
    routes = {f"services.{name}.{room}" for name in SERVICES for room in _ROUTES}
    assert sorted(found & (routes | _FOR_ROUTES | _WHEN_NEEDED)) == []
