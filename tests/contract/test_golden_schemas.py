"""Events as they were first said: only optional additions inside a major."""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

import pytest
from pydantic import BaseModel, Field, create_model

from shared.events import REGISTRY, Event
from shared.events.compatibility import breakages
from shared.events.golden import FOLDER, changes, golden, main, render, schema_of, write
from shared.sealing import Audience, Sealed


@pytest.mark.parametrize("type_", sorted(REGISTRY))
def test_an_event_changed_by_optional_additions_only(type_):
    assert changes(type_, schema_of(REGISTRY[type_])) == []


@pytest.mark.parametrize("type_", sorted(REGISTRY))
def test_the_golden_schema_of_an_event_is_current(type_):
    assert golden(type_) == schema_of(REGISTRY[type_]), "run python -m shared.events.golden"


def test_no_event_disappeared():
    assert {path.stem for path in FOLDER.glob("*.json")} == set(REGISTRY)


class Level(StrEnum):
    LOW = "LOW"
    HIGH = "HIGH"


class Dose(BaseModel):
    dose_mg: int
    drug: str = "ketamine"


FIELDS = {
    "thing_id": (UUID, ...),
    "state": (Literal["OPEN"], "OPEN"),
    "level": (Level, ...),
    "kind": (Annotated[str, Field(json_schema_extra={"enum": ["A"], "x-open": True})], "A"),
    "count": (Annotated[int, Field(ge=0, le=10)], 0),
    "note": (str | None, None),
    "at": (datetime, ...),
    "span": (tuple[int, int], ...),
    "names": (tuple[str, ...], ()),
    "dose": (Annotated[Sealed[Dose], Audience("clinical")], ...),
}


def thing(**parts):
    """The schema of an event, with some of its fields declared anew, added, or left out (None)."""
    fields = {name: declared for name, declared in {**FIELDS, **parts}.items() if declared is not None}
    cls = create_model("Thing", __base__=Event, **fields)
    cls.type, cls.service, cls.overtakes = "stillwater.test.Thing.v1", "test", False
    return schema_of(cls)


class Wider(StrEnum):
    LOW = "LOW"
    HIGH = "HIGH"
    HIGHEST = "HIGHEST"


class Narrower(StrEnum):
    LOW = "LOW"


class DoseGrams(BaseModel):
    dose_g: int
    drug: str = "ketamine"


class DoseWithRate(BaseModel):
    dose_mg: int
    drug: str = "ketamine"
    rate: int


class DoseWithNote(BaseModel):
    dose_mg: int
    drug: str = "ketamine"
    note: str | None = None


class DoseText(BaseModel):
    dose_mg: str
    drug: str = "ketamine"


def sealed(inner, audience="clinical"):
    return (Annotated[Sealed[inner], Audience(audience)], ...)


BREAKING = {
    "a field removed": ({"level": None}, "level: went"),
    "an optional field removed": ({"note": None}, "note: went"),
    "a field renamed": ({"level": None, "severity": (Level, ...)}, "level: went"),
    "a needed field added": ({"place": (str, ...)}, "place: came and is needed"),
    "a needed field made optional": ({"at": (datetime, None)}, "at: became optional"),
    "an optional field made needed": ({"note": (str | None, ...)}, "note: became needed"),
    "a type changed": ({"count": (Annotated[float, Field(ge=0, le=10)], 0)}, "count: type was 'integer'"),
    "a type widened": ({"at": (datetime | None, ...)}, "at: anyOf came"),
    "a type narrowed": ({"note": (str, "")}, "note: anyOf went"),
    "an alternative added": ({"note": (str | int | None, None)}, "note: anyOf had 2 members and has 3"),
    "a limit narrowed": ({"count": (Annotated[int, Field(ge=0, le=5)], 0)}, "count: maximum was 10 and is 5"),
    "a limit widened": ({"count": (Annotated[int, Field(ge=0, le=50)], 0)}, "count: maximum was 10 and is 50"),
    "a limit dropped": ({"count": (Annotated[int, Field(ge=0)], 0)}, "count: maximum was 10 and is None"),
    "a pattern added": ({"names": (tuple[Annotated[str, Field(pattern="^a")], ...], ())}, "names[]: pattern was None"),
    "a default changed": ({"count": (Annotated[int, Field(ge=0, le=10)], 1)}, "count: default was 0 and is 1"),
    "a format changed": ({"at": (str, ...)}, "at: format was 'date-time' and is None"),
    "a constant changed": ({"state": (Literal["SHUT"], "SHUT")}, "state: const was 'OPEN' and is 'SHUT'"),
    "a constant opened": ({"state": (Literal["OPEN", "SHUT"], "OPEN")}, "state: enum came"),
    "a value added to a closed field": ({"level": (Wider, ...)}, "level: value 'HIGHEST' came to a closed field"),
    "a value removed": ({"level": (Narrower, ...)}, "level: "),
    "an enumeration made free": ({"level": (str, ...)}, "level: enum went"),
    "items of another type": ({"names": (tuple[int, ...], ())}, "names[]: type was 'string' and is 'integer'"),
    "a list made a single value": ({"names": (str, "")}, "names: items went"),
    "a pair made a triple": ({"span": (tuple[int, int, int], ...)}, "span: prefixItems had 2 members and has 3"),
    "a member of a pair changed": ({"span": (tuple[int, str], ...)}, "span: type was 'integer' and is 'string'"),
    "an audience changed": ({"dose": sealed(Dose, "contact")}, "dose: x-audience was 'clinical' and is 'contact'"),
    "a sealed field put in clear": ({"dose": (Dose, ...)}, "dose: x-sealed went"),
    "a clear field sealed": ({"note": (Annotated[Sealed[str], Audience("contact")], ...)}, "note: x-sealed came"),
    "a unit renamed inside what is sealed": ({"dose": sealed(DoseGrams)}, "dose.dose_mg: went"),
    "a needed field added inside what is sealed": ({"dose": sealed(DoseWithRate)}, "dose.rate: came and is needed"),
    "a type changed inside what is sealed": ({"dose": sealed(DoseText)}, "dose.dose_mg: type was 'integer'"),
}
ADDITIVE = {
    "nothing": {},
    "an optional field": {"place": (str | None, None)},
    "an optional field inside what is sealed": {"dose": sealed(DoseWithNote)},
    "a value of an open field": {
        "kind": (Annotated[str, Field(json_schema_extra={"enum": ["A", "B"], "x-open": True})], "A")
    },
    "a description": {"note": (Annotated[str | None, Field(description="for staff")], None)},
}  # fmt: skip


@pytest.mark.parametrize(("parts", "says"), BREAKING.values(), ids=BREAKING)
def test_a_breaking_change_is_found(parts, says):
    found = breakages(thing(), thing(**parts))
    assert any(line.startswith(says) for line in found), found


@pytest.mark.parametrize("parts", ADDITIVE.values(), ids=ADDITIVE)
def test_an_optional_addition_is_let_through(parts):
    assert breakages(thing(), thing(**parts)) == []


@pytest.mark.parametrize("mark", ["x-overtakes", "x-service", "x-type"])
def test_what_an_event_is_may_not_change_either(mark):
    assert breakages(thing(), {**thing(), mark: "changed"}) != []


def test_the_generator_refuses_what_is_not_additive_and_writes_nothing(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("shared.events.golden.FOLDER", tmp_path)
    kept = schema_of(REGISTRY["stillwater.intake.OrderSigned.v1"])
    kept["properties"]["withdrawn"] = {"type": "string"}
    (tmp_path / "stillwater.intake.OrderSigned.v1.json").write_text(render(kept))
    assert main() == 1
    assert "stillwater.intake.OrderSigned.v1: withdrawn: went" in capsys.readouterr().err
    assert len(list(tmp_path.iterdir())) == 1


def test_the_generator_writes_new_events_and_optional_additions(tmp_path, monkeypatch):
    monkeypatch.setattr("shared.events.golden.FOLDER", tmp_path)
    (tmp_path / "stillwater.billing.InvoiceIssued.v1.json").write_text(
        render(schema_of(REGISTRY["stillwater.billing.InvoiceIssued.v1"]))
    )
    assert "stillwater.billing.InvoiceIssued.v1" not in write()
    assert len(list(tmp_path.iterdir())) == len(REGISTRY)
