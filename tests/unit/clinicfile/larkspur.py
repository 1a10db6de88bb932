"""The sample file as plain data, to be changed by tests, and as text, to be broken by them."""

from copy import deepcopy
from pathlib import Path
from typing import Any

from shared.clinicfile.include import resolve
from shared.clinicfile.load import load, validate
from shared.clinicfile.model import ClinicFile

PATH = Path(__file__).parents[3] / "clinics" / "larkspur.yaml"
TEXT = PATH.read_text()
FILE: ClinicFile = load(PATH)
_DATA: dict[str, Any] = resolve(TEXT, PATH.name, PATH.parent).data


def data() -> dict[str, Any]:
    """A fresh copy of the file as plain data, with the rules that it includes."""
    return deepcopy(_DATA)


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
