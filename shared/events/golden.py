"""Golden JSON Schemas: what each event looked like when it was first said, and what may never change about it.

`python -m shared.events.golden` writes the schemas of new events and of optional additions into `schemas/`. Anything
else is refused: it needs a new major beside the old one (design: events).
"""

import json
import sys
from pathlib import Path
from typing import Any

from shared.events import REGISTRY, Event
from shared.events.compatibility import breakages, evolution
from shared.sealing import sealed_fields

FOLDER = Path(__file__).parent / "schemas"
Schema = dict[str, Any]


class NotAdditive(Exception):
    """An event changed in a way that its consumers, or events already said, cannot bear; one line per change."""


def schema_of(event: type[Event]) -> Schema:
    """The JSON Schema of an event's body, with the schema and audience of what its sealed fields hold."""
    schema = event.model_json_schema(mode="serialization")
    for name, field in sealed_fields(event).items():
        inner = field.adapter.json_schema(mode="serialization")
        schema["properties"][name] |= {"x-audience": field.audience, "x-sealed": inner}
    about = {"x-type": event.type, "x-service": event.service, "x-overtakes": event.overtakes}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **about, **schema}


def golden(type_: str) -> Schema | None:
    """The schema kept for an event type; None for a new one."""
    path = FOLDER / f"{type_}.json"
    found: Schema | None = json.loads(path.read_text()) if path.exists() else None
    return found


def render(schema: Schema) -> str:
    """A schema as it stands in its file."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def kept() -> dict[str, Schema]:
    """All golden schemas by type."""
    return {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}


def write() -> list[str]:
    """Bring the golden schemas up to date; returns the types written. Raises NotAdditive and writes nothing then."""
    before = kept()
    current = {type_: schema_of(event) for type_, event in REGISTRY.items()}
    if wrong := evolution(before, current):
        raise NotAdditive("\n".join(wrong))
    stale = {type_: schema for type_, schema in current.items() if before.get(type_) != schema}
    FOLDER.mkdir(exist_ok=True)
    for type_, schema in stale.items():
        (FOLDER / f"{type_}.json").write_text(render(schema))
    return sorted(stale)


def changes(type_: str, schema: Schema) -> list[str]:
    """What of a schema is not an optional addition to the golden one."""
    before = golden(type_)
    return breakages(before, schema) if before else []


def main() -> int:
    """Write the schemas, or say why not."""
    try:
        written = write()
    except NotAdditive as refused:
        sys.stderr.write(f"{refused}\nadd a new major beside the old one: @event(service, major=2)\n")
        return 1
    sys.stdout.write("".join(f"wrote {type_}\n" for type_ in written))
    return 0


if __name__ == "__main__":
    sys.exit(main())
