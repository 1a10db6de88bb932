"""What changes between two clinic files, field by field, as people read it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from shared.clinicfile.hash import CLINICAL_SECTIONS
from shared.clinicfile.model import ClinicFile


@dataclass(frozen=True, slots=True)
class Change:
    """One field: `before` is None when it is new, `after` when it goes. `clinical` needs a director's approval."""

    field: str
    before: str | None
    after: str | None
    clinical: bool

    def __str__(self) -> str:
        if self.before is None:
            return f"+ {self.field}: {self.after}"
        return (
            f"- {self.field}: {self.before}" if self.after is None else f"~ {self.field}: {self.before} -> {self.after}"
        )


def diff(before: ClinicFile | None, after: ClinicFile) -> list[Change]:
    """The changed fields, in the order of the file. Things with an id are compared by id, not by position."""
    old = dict(_leaves("", before.model_dump(mode="json"))) if before else {}
    new = dict(_leaves("", after.model_dump(mode="json")))
    return [
        Change(name, old.get(name), new.get(name), _clinical(name))
        for name in (*new, *(name for name in old if name not in new))
        if old.get(name) != new.get(name)
    ]


def _clinical(name: str) -> bool:
    return re.split(r"[.\[]", name, maxsplit=1)[0] in CLINICAL_SECTIONS


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else key, inner)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for index, item in enumerate(value):
            yield from _leaves(f"{name}[{item.get('id', index)}]", item)
    else:
        yield name, _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, list):
        return "[" + ", ".join(_shown(item) for item in value) + "]"
    return "(none)" if value is None else "{}" if value == {} else str(value)
