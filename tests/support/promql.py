"""The part of Prometheus' query language that our alert rules are written in, over one exposition of metrics.

    selector      name  or  name{label="value", ...}
    aggregation   max by (label, ...) (selector), also min and sum
    difference    operand - on (label, ...) group_right () operand
    rule          operand or difference, then < or >, then a number

Anything else is refused, so a rule that this does not understand fails its test. `for` is not looked at.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]
Samples = Mapping[str, Vector]

_RULE = re.compile(r"(?P<left>.+?)\s*(?P<sign>[<>])\s*(?P<bound>[0-9.]+)$", re.DOTALL)
_DIFFERENCE = re.compile(r"(.+?)\s*-\s*on\s*\(([\w, ]+)\)\s*group_right\s*\(\)\s*(.+)$", re.DOTALL)
_AGGREGATION = re.compile(r"(max|min|sum) by \(([\w, ]+)\) \((.+)\)$", re.DOTALL)
_SELECTOR = re.compile(r"(\w+)(?:\{([^}]*)\})?$")
_FUNCTIONS: Mapping[str, Callable[[Iterable[float]], float]] = {"max": max, "min": min, "sum": sum}


class NotUnderstood(Exception):
    """An expression outside this part of the language."""


@dataclass(frozen=True)
class Firing:
    """A time series for which a rule holds."""

    labels: Labels
    value: float


def samples(exposition: str) -> Samples:
    """The time series in a text as `/metrics` answers it, by name."""
    found: dict[str, Vector] = {}
    for family in text_string_to_metric_families(exposition):
        for sample in family.samples:
            found.setdefault(sample.name, {})[frozenset(sample.labels.items())] = sample.value
    return found


def firing(rule: str, known: Samples) -> list[Firing]:
    """Where an alert rule holds. Raises NotUnderstood."""
    parts = _match(_RULE, rule)
    bound = float(parts["bound"])
    return [
        Firing(labels, value)
        for labels, value in _side(parts["left"], known).items()
        if (value > bound if parts["sign"] == ">" else value < bound)
    ]


def _side(text: str, known: Samples) -> Vector:
    difference = _DIFFERENCE.match(text)
    if difference is None:
        return _operand(text, known)
    left, on, right = difference.groups()
    one = {_only(labels, _names(on)): value for labels, value in _operand(left, known).items()}
    many = _operand(right, known).items()
    return {labels: one[at] - value for labels, value in many if (at := _only(labels, _names(on))) in one}


def _operand(text: str, known: Samples) -> Vector:
    aggregation = _AGGREGATION.match(text)
    if aggregation is None:
        return _selected(text, known)
    function, by, inner = aggregation.groups()
    groups: dict[Labels, list[float]] = {}
    for labels, value in _selected(inner, known).items():
        groups.setdefault(_only(labels, _names(by)), []).append(value)
    return {labels: _FUNCTIONS[function](values) for labels, values in groups.items()}


def _selected(text: str, known: Samples) -> Vector:
    name, wanted = _match(_SELECTOR, text).groups()
    pairs = set(re.findall(r'(\w+)="([^"]*)"', wanted or ""))
    return {labels: value for labels, value in known.get(name, {}).items() if pairs <= labels}


def _match(pattern: re.Pattern[str], text: str) -> re.Match[str]:
    found = pattern.match(text.strip())
    if found is None:
        raise NotUnderstood(text)
    return found


def _names(text: str) -> set[str]:
    return {name.strip() for name in text.split(",")}


def _only(labels: Labels, names: set[str]) -> Labels:
    return frozenset((name, value) for name, value in labels if name in names)
