"""The rule set that Stillwater ships: what a clinic file is compared with to see whether it is looser.

It is kept apart from `clinics/rules/general.yaml`, which clinics copy and may edit.
`python -m shared.clinicfile.shipped` writes it anew when that file is changed on purpose.
"""

import json
import sys
from functools import cache
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from shared.clinicfile.ruleset import Parameter, Rule
from shared.clinicfile.yamlpositions import read

SOURCE = Path(__file__).parents[2] / "clinics" / "rules" / "general.yaml"
KEPT = Path(__file__).with_name("shipped-rules.json")


class RuleSet(BaseModel):
    """Rules and the numbers that have names in them."""

    model_config = ConfigDict(frozen=True)

    parameters: tuple[Parameter, ...]
    rules: tuple[Rule, ...]


@cache
def shipped_rules() -> RuleSet:
    """The shipped rules, read once in a process."""
    return RuleSet.model_validate_json(KEPT.read_bytes())


def render() -> str:
    """The rules of the source as JSON text; the file that is kept must equal it."""
    rules = RuleSet.model_validate(read(SOURCE.read_text(encoding="utf-8")).data)
    return json.dumps(rules.model_dump(mode="json", exclude_defaults=True), indent=1, ensure_ascii=False) + "\n"


def main() -> int:
    """Write what is kept."""
    KEPT.write_text(render(), encoding="utf-8")
    print(f"wrote {KEPT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
