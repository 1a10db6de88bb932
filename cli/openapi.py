"""The OpenAPI 3.1 document of the gateway, which frontends are built from. `python -m cli.openapi` prints it."""

import json
import sys
from typing import Any

from cli.house import definitions
from shared.http.gateway import merged
from shared.runtime.app import build_app
from shared.runtime.main import service_of
from shared.runtime.secrets import Secrets

Json = dict[str, Any]
_NOWHERE = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9"}


def documents() -> dict[str, Json]:
    """Each service's own OpenAPI document, without a database or a broker."""
    secrets = Secrets.fresh()
    return {
        definition.name: build_app(
            definition, service_of(definition, secrets.settings(definition.name, **_NOWHERE))
        ).openapi()
        for definition in definitions()
    }


def main() -> int:
    """Print the merged document as JSON."""
    sys.stdout.write(json.dumps(merged(documents()), ensure_ascii=False) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
