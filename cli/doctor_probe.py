"""What doctor asks inside each container: `python -m cli.doctor_probe` prints one line of JSON.

The standard library alone, so that eight of them start quickly.
"""

import json
import time
import urllib.error
import urllib.request
from typing import Any

READY = "http://127.0.0.1:8000/ready"


def ready(url: str = READY, patience: float = 5.0) -> list[dict[str, Any]]:
    """The checks of this container's process that fail."""
    try:
        with urllib.request.urlopen(url, timeout=patience) as answer:  # noqa: S310 -- this very container
            said = answer.read()
    except urllib.error.HTTPError as failing:
        said = failing.read()
    except OSError as error:
        return [{"name": "process", "ok": False, "detail": f"does not answer ({type(error).__name__})"}]
    return [check for check in json.loads(said)["checks"] if not check["ok"]]


def main() -> None:
    """Print what was found, with the time as this process sees it."""
    print(json.dumps({"ready": ready(), "time": time.time()}))


if __name__ == "__main__":
    main()
