"""What a house's databases say in the end, without what rightly differs from run to run: ids, times, digests.

Sealed values are opened, so that it is their content that is compared.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import asyncpg

from shared.db.machinery import TABLES as MACHINERY
from shared.events import SERVICES, Envelope
from shared.runtime.embedded import SECRETS_FILE
from shared.runtime.secrets import make_secrets
from shared.sealing import CannotOpen, Keyring, row_place
from tests.support.house import envelope_of

_SCRUBBED = [
    (re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)?"), "TIME"),
    (re.compile(r"\b\d{8}T\d{6}Z?"), "TIME"),
    (re.compile(r"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} \d{1,2}\b"), "DAY"),
    (re.compile(r"\b20\d\d-\d\d-\d\d\b"), "DATE"),
    (re.compile(r'"record_number":"\d+"'), '"record_number":"NUMBER"'),
    (re.compile(r"\b[0-9a-f]{32,}\b|\b(?:SM|AC)[0-9a-f]{32}\b"), "DIGEST"),
]
DIFFERS_RIGHTLY = {
    ("notifications", "message"): {"version", "reason"},  # an attempt cut short is looked into before it is settled
    ("intake", "rescreening"): {"total", "looked", "last_patient_id"},  # who was there when the worker came to it
    ("intake", "record_number"): {"last"},  # a registration cut short leaves its number unused
    ("intake", "worklist_item"): {"sequence"},  # what a timer says comes before or after what the patient does next
    ("scheduling", "session_readiness"): {"version", "round", "changed_at", "detail"},  # as it was told last
}
# Whether a page leaves before somebody answers goes by the moment, and one that may be lost is sent again.
# So does how far billing had looked into a clinic file that is new.
BY_THE_MOMENT = ("concern_page", "alert_page", "discrepancy_page", "policy_look")
# Readiness is told as it stands when somebody looks: facts that come close together are looked at once or one by one.
TOLD_BY_THE_MOMENT = "ReadinessChanged"
ROWS_BY_THE_MOMENT = {
    ("intake", "timeline_entry"): ("type", TOLD_BY_THE_MOMENT),
    ("intake", "worklist_item"): ("kind", "SESSION_NOT_READY"),
}
_WHOLE_TABLES = """
SELECT relname FROM pg_class
WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition ORDER BY relname
"""

Tables = dict[str, Counter[str]]


class Databases(Protocol):
    """Where the databases of a house are."""

    def database_url(self, database: str) -> str: ...


async def tables_of(data: Path, addresses: Databases) -> Tables:
    """Every business table of the four services as a bag of rows."""
    found: Tables = {}
    for service in SERVICES:
        keyring = _keyring(data, service)
        connection = await asyncpg.connect(addresses.database_url(service))
        try:
            found |= await tables_of_service(connection, service, keyring)
        finally:
            await connection.close()
    return found


async def tables_of_service(connection: "asyncpg.Connection[asyncpg.Record]", service: str, keyring: Keyring) -> Tables:
    """Every business table of one service as a bag of rows."""
    found: Tables = {}
    for table in await _business_tables(connection):
        column, told = ROWS_BY_THE_MOMENT.get((service, table), ("", ""))
        rows = await connection.fetch(f'SELECT * FROM "{table}"')
        rows = [row for row in rows if not told or told not in row[column]]
        found[f"{service}.{table}"] = Counter(_canonical(service, table, dict(row), keyring) for row in rows)
    return found


async def said(addresses: Databases) -> Counter[str]:
    """How often each type of event stands in the four outboxes, but for what is told by the moment."""
    counts: Counter[str] = Counter()
    for service in SERVICES:
        rows = await rows_of(addresses, service, "SELECT type FROM outbox")
        counts.update(row["type"].split(".")[2] for row in rows)
    del counts[TOLD_BY_THE_MOMENT]
    return counts


async def envelopes(addresses: Databases) -> list[Envelope]:
    """What stands in the four outboxes, in the order of each."""
    return [
        envelope_of(service, row)
        for service in SERVICES
        for row in await rows_of(addresses, service, "SELECT * FROM outbox ORDER BY id")
    ]


async def unsettled(addresses: Databases) -> list[str]:
    """What did not come to its end: unsent events, events that wait, quarantined records, failed timers."""
    questions = {
        "unsent": "SELECT type FROM outbox WHERE sent_at IS NULL",
        "waiting": "SELECT type || coalesce(': ' || reason, '') AS type FROM waiting",
        "quarantined": "SELECT reason AS type FROM quarantine",
        "failed timer": "SELECT kind AS type FROM timer WHERE state = 'FAILED'",
    }
    return [
        f"{service}: {what} {row['type']}"
        for service in SERVICES
        for what, question in questions.items()
        for row in await rows_of(addresses, service, question)
    ]


async def rows_of(addresses: Databases, service: str, statement: str) -> list[Any]:
    """Rows of a SELECT in the service's database."""
    connection = await asyncpg.connect(addresses.database_url(service))
    try:
        return list(await connection.fetch(statement))
    finally:
        await connection.close()


async def _business_tables(connection: "asyncpg.Connection[asyncpg.Record]") -> list[str]:
    rows = await connection.fetch(_WHOLE_TABLES)
    return [row["relname"] for row in rows if row["relname"] not in (*MACHINERY, *BY_THE_MOMENT, "alembic_version")]


def _canonical(service: str, table: str, row: dict[str, Any], keyring: Keyring) -> str:
    ids = [value for value in row.values() if isinstance(value, UUID)]
    apart = DIFFERS_RIGHTLY.get((service, table), set())
    shown = {
        column: _shown(value, keyring, [row_place(table, column, one) for one in ids])
        for column, value in row.items()
        if column not in apart
    }
    return json.dumps(shown, sort_keys=True)


def _shown(value: Any, keyring: Keyring, places: list[str]) -> Any:
    if value is None or isinstance(value, bool | int):
        return value
    if not isinstance(value, str):
        return type(value).__name__
    text = _opened(value, keyring, places)
    for pattern, name in _SCRUBBED:
        text = pattern.sub(name, text)
    return text


def _opened(text: str, keyring: Keyring, places: list[str]) -> str:
    for place in places:
        try:
            return keyring.open(place, text).decode()
        except CannotOpen:
            continue
    return text if not text.startswith("v1.") else "SEALED"


def _keyring(data: Path, service: str) -> Keyring:
    nowhere = {"database_url": "postgresql://nowhere/nothing", "kafka": "nowhere:9"}
    return make_secrets(data / SECRETS_FILE).settings(service, **nowhere).keyring()
