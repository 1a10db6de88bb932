"""Examples in the OpenAPI documents: requests carry theirs (`example`), answers are made once per service and added to
its components (`show`). All of them tell of one invented patient, so that what one answer names another shows."""

from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.http.instant import Instant, instant
from shared.ids import named_id

_SCHEMA = "#/components/schemas/"


def example(body: dict[str, Any]) -> ConfigDict:
    """Configuration of a model that shows `body` as its example."""
    return ConfigDict(json_schema_extra={"examples": [body]})


def some_id(what: str) -> UUID:
    """Always the same id for the same thing, of the version that the house makes (7)."""
    digits = sha256(what.encode()).hexdigest()
    return UUID(f"019ad5f0-4c00-7{digits[:3]}-8{digits[3:6]}-{digits[6:18]}")


def at(moment: str) -> Instant:
    """An instant (ISO 8601 with offset) as the clinic of the examples shows it."""
    return instant(datetime.fromisoformat(moment), "America/Boise")


ORGANISATION = named_id("organisation", "wellmeadow")
CLINIC = named_id("clinic", "wellmeadow/larkspur")
PATIENT = some_id("patient")
COURSE = some_id("course")
APPOINTMENT = some_id("appointment")
SESSION = some_id("session")
CLINIC_FILE_HASH = sha256(b"larkspur").hexdigest()


def show(schemas: dict[str, Any], examples: Iterable[BaseModel]) -> None:
    """Add the examples to the components of their types; a page shows its item's. Raises KeyError for an unused one."""
    for one in examples:
        schemas[type(one).__name__].setdefault("examples", []).append(one.model_dump(mode="json"))
    for schema in schemas.values():
        if schema.get("title", "").startswith("Page["):
            item = schemas[schema["properties"]["items"]["items"]["$ref"].removeprefix(_SCHEMA)]
            schema["examples"] = [{"items": item.get("examples", []), "next_cursor": None}]
