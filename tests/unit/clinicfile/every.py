"""Every clinic file of the repository, read once."""

from pathlib import Path

from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.clinicfile.ruleset import Rule

FOLDER = Path(__file__).parents[3] / "clinics"
FILES: dict[str, ClinicFile] = {path.stem: load(path) for path in sorted(FOLDER.glob("*.yaml"))}
SHARED: tuple[Rule, ...] = tuple(rule for rule in FILES["cedar"].rules_in_force)
"""The rules that every file includes; cedar adds none of its own."""
