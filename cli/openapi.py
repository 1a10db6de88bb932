"""The OpenAPI 3.1 document of the gateway, which frontends are built from. `python -m cli.openapi` prints it."""

import json
import sys
from typing import Any

from fastapi import FastAPI

from cli.house import definitions
from shared.http.gateway import merged
from shared.runtime.app import build_app
from shared.runtime.main import service_of
from shared.runtime.secrets import Secrets

Json = dict[str, Any]
_NOWHERE = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9"}


def apps() -> dict[str, FastAPI]:
    """Each service's app, without a database or a broker."""
    secrets = Secrets.fresh()
    return {one.name: build_app(one, service_of(one, secrets.settings(one.name, **_NOWHERE))) for one in definitions()}


def documents() -> dict[str, Json]:
    """Each service's own OpenAPI document."""
    return {name: app.openapi() for name, app in apps().items()}


def main() -> int:
    """Print the merged document as JSON."""
    sys.stdout.write(json.dumps(merged(documents()), ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
