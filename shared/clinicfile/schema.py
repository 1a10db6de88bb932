"""The JSON Schema of clinic files, for editors.

`python -m shared.clinicfile.schema > clinics/clinic-file.schema.json` writes it.
"""

import json
import sys

from shared.clinicfile.model import ClinicFile


def render() -> str:
    """The schema as JSON text; `clinics/clinic-file.schema.json` must equal it."""
    schema = ClinicFile.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Stillwater clinic file"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.stdout.write(render())
