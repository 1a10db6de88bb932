"""What doctor asks inside a container: `python -m cli.doctor_probe [topics] [issuer]` prints one line of JSON.

Only from inside can be seen what a process sees: its clock, its broker, and the way to the staff issuer.
"""

import asyncio
import json
import sys
import time
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from shared.events import SERVICES, topic_of
from shared.messaging.kafka import topic_state
from shared.messaging.records import KafkaAway, TopicMissing
from shared.settings import Settings

_SECONDS = 5.0


def ready() -> list[dict[str, Any]]:
    """The checks of this container's process that fail."""
    try:
        answer = httpx.get("http://127.0.0.1:8000/ready", timeout=_SECONDS)
        return [check for check in answer.json()["checks"] if not check["ok"]]
    except (httpx.HTTPError, ValueError) as error:
        return [{"name": "process", "ok": False, "detail": f"does not answer ({type(error).__name__})"}]


async def missing_topics() -> list[str] | str:
    """Which of the four topics are not there; a sentence when the broker cannot be asked."""
    missing = []
    for topic in map(topic_of, SERVICES):
        try:
            await topic_state(Settings(), topic)
        except TopicMissing:
            missing.append(topic)
        except KafkaAway as away:
            return str(away)
    return missing


def issuer() -> dict[str, Any]:
    """Whether the staff issuer's keys can be had, and by how many seconds its clock is ahead of ours."""
    source = Settings().staff_jwks
    if source.lstrip().startswith("{"):
        return {"keys": len(json.loads(source).get("keys", ())), "ahead": None}
    try:
        answer = httpx.get(source, timeout=_SECONDS, follow_redirects=True)
        ahead = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
        return {"keys": len(answer.raise_for_status().json()["keys"]), "ahead": ahead}
    except (httpx.HTTPError, ValueError, KeyError, TypeError) as error:
        return {"keys": 0, "ahead": None, "error": type(error).__name__}


def main() -> None:
    """Print what was found."""
    found: dict[str, Any] = {"ready": ready()}
    if "topics" in sys.argv:
        found["missing_topics"] = asyncio.run(missing_topics())
    if "issuer" in sys.argv:
        found["issuer"] = issuer()
    print(json.dumps(found | {"time": time.time()}))


if __name__ == "__main__":
    main()
