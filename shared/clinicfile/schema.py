"""The JSON Schema of clinic files, for editors.

`python -m shared.clinicfile.schema > clinics/clinic-file.schema.json` writes it.
"""

import json
import sys
from typing import Any

from shared.clinicfile.model import ClinicFile


def render() -> str:
    """The schema as JSON text; `clinics/clinic-file.schema.json` must equal it."""
    schema = _as_written(ClinicFile.model_json_schema())
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Stillwater clinic file"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


def _as_written(schema: dict[str, Any]) -> dict[str, Any]:
    """Before its includes are resolved: a file may name them, and may have no rules of its own."""
    schema["properties"]["include"] = {
        "description": "files of shared rules, forms and medicines, by their path from this file",
        "items": {"type": "string"}, "type": "array",
    }  # fmt: skip
    schema["required"].remove("rules")
    return schema


if __name__ == "__main__":
    sys.stdout.write(render())
