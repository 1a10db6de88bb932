"""What doctor asks inside a container about the outside: `python -m cli.doctor_reach topics` or `issuer`, in JSON.

Only from inside can be seen what a process reaches: Kafka with its own password, the issuer over its own network.
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


async def missing_topics(settings: Settings) -> list[str] | str:
    """Which of the four topics are not there; a sentence when the broker cannot be asked."""
    missing = []
    for topic in map(topic_of, SERVICES):
        try:
            await topic_state(settings, topic)
        except TopicMissing:
            missing.append(topic)
        except KafkaAway as away:
            return str(away)
    return missing


def issuer(source: str) -> dict[str, Any]:
    """How many keys the staff issuer shows, and by how many seconds its clock is ahead of ours.

    `source` is STILLWATER_STAFF_JWKS: an address, or the keys themselves.
    """
    try:
        if source.lstrip().startswith("{"):
            return {"keys": len(json.loads(source)["keys"]), "ahead": None}
        answer = httpx.get(source, timeout=_SECONDS, follow_redirects=True)
        ahead = parsedate_to_datetime(answer.headers["Date"]).timestamp() - time.time()
        return {"keys": len(answer.raise_for_status().json()["keys"]), "ahead": ahead}
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        return {"keys": 0, "ahead": None, "error": type(error).__name__}


def main() -> None:
    """Print what was asked for."""
    settings = Settings()
    found = asyncio.run(missing_topics(settings)) if sys.argv[1] == "topics" else issuer(settings.staff_jwks)
    print(json.dumps(found))


if __name__ == "__main__":
    main()
