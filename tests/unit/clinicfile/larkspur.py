"""The sample file as plain data, to be changed by tests, and as text, to be broken by them."""

import json
from pathlib import Path
from typing import Any

from shared.clinicfile.include import resolve
from shared.clinicfile.load import load, validate
from shared.clinicfile.model import ClinicFile

PATH = Path(__file__).parents[3] / "clinics" / "larkspur.yaml"
TEXT = PATH.read_text()
FILE: ClinicFile = load(PATH)
_DATA = json.dumps(resolve(TEXT, PATH.name, PATH.parent).data)  # to read it is quicker than to copy what it says


def data() -> dict[str, Any]:
    """A fresh copy of the file as plain data, with the rules that it includes."""
    whole: dict[str, Any] = json.loads(_DATA)
    return whole


def changed(path: tuple[str | int, ...], value: Any) -> dict[str, Any]:
    """The file's data with one field set, or removed when `value` is `...`."""
    whole = data()
    inside: Any = whole
    for part in path[:-1]:
        inside = inside[part]
    if value is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return whole


def issues(path: tuple[str | int, ...], value: Any) -> list[str]:
    """What is said about the file with that field changed."""
    file, found = validate(changed(path, value))
    assert (file is None) == bool(found)
    return [str(issue) for issue in found]
