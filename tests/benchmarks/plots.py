"""Plots of the figures as SVG, drawn by hand: the relay beside its peers, and latency over load."""

import re
from collections.abc import Mapping, Sequence
from math import log10
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

FOLDER = Path("docs") / "speed"
_WIDTH, _ROW, _LEFT, _BAR = 760, 34, 300, 340
_PLOT_HEIGHT, _PLOT_LEFT, _PLOT_WIDTH = 240, 70, 640
_OURS, _THEIRS, _INK = "#2563eb", "#9ca3af", "#374151"
_AT = re.compile(r"submit to last commit at (\d+)/s, (median|p99)")
Figures = Sequence[Mapping[str, Any]]


def draw(document: Mapping[str, Any]) -> None:
    """Write those plots for which there are figures."""
    figures, machine = document["figures"], document["machine"]
    where = f"{machine['kafka']}, {machine['cores']} cores, {document['at'][:10]}"
    FOLDER.mkdir(parents=True, exist_ok=True)
    if bars := _relay(figures):
        (FOLDER / "relay.svg").write_text(_bars("Events relayed in a second", where, bars))
    if points := _latency(figures):
        (FOLDER / "latency.svg").write_text(_lines("From submit to the last commit, four services", where, points))


def _relay(figures: Figures) -> dict[str, float]:
    relays = [one for one in figures if one["name"] == "relay"]
    theirs = {one["against"]: one["theirs"] for one in relays if one["theirs"] is not None}
    return {"Stillwater's relay": relays[0]["ours"]} | theirs if relays else {}


def _latency(figures: Figures) -> dict[str, list[tuple[float, float]]]:
    lines: dict[str, list[tuple[float, float]]] = {}
    for one in figures:
        if found := _AT.fullmatch(one["name"]):
            lines.setdefault(found[2], []).append((float(found[1]), one["ours"]))
    return lines


def _svg(height: float, title: str, where: str, parts: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height:g}" font-family="sans-serif" '
        f'font-size="13" fill="{_INK}">\n<title>{escape(title)}</title>\n'
        '<rect width="100%" height="100%" fill="#fff"/>\n'
    )
    caption = [_text(16, 24, title, "start", ' font-size="15" font-weight="bold"'), _text(16, 44, where, "start")]
    return head + "\n".join([*caption, *parts]) + "\n</svg>\n"


def _text(x: float, y: float, words: str, anchor: str = "end", more: str = "") -> str:
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}"{more}>{escape(words)}</text>'


def _bars(title: str, where: str, values: Mapping[str, float]) -> str:
    parts, most = list[str](), max(values.values())
    for row, (name, value) in enumerate(values.items()):
        y, width = 64 + row * _ROW, max(value / most * _BAR, 1)
        parts.append(_text(_LEFT - 8, y + 16, name))
        colour = _THEIRS if row else _OURS
        parts.append(f'<rect x="{_LEFT}" y="{y}" width="{width:.0f}" height="22" fill="{colour}"/>')
        parts.append(_text(_LEFT + width + 8, y + 16, f"{value:,.0f}", "start"))
    return _svg(64 + len(values) * _ROW + 10, title, where, parts)


def _lines(title: str, where: str, lines: Mapping[str, Sequence[tuple[float, float]]]) -> str:
    fastest = max(rate for points in lines.values() for rate, _ in points)
    longest = max(1_000.0, *(took for points in lines.values() for _, took in points))
    bottom = 70 + _PLOT_HEIGHT

    def x(rate: float) -> float:
        return _PLOT_LEFT + rate / fastest * _PLOT_WIDTH

    def y(took: float) -> float:
        """Ten times as long is as far up everywhere: a tail of a second and one of ten milliseconds both show."""
        return bottom - log10(max(took, 1.0)) / log10(longest) * (_PLOT_HEIGHT - 20)

    parts = [f'<path d="M{_PLOT_LEFT} 70V{bottom}H{_PLOT_LEFT + _PLOT_WIDTH}" fill="none" stroke="{_INK}"/>']
    for rate, _ in next(iter(lines.values())):
        parts.append(_text(x(rate), bottom + 18, f"{rate:g}/s", "middle"))
    for colour, (name, points) in zip((_THEIRS, _OURS), lines.items(), strict=False):
        path = " ".join(f"{x(rate):.0f},{y(took):.0f}" for rate, took in points)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        parts += [_text(x(rate), y(took) - 6, f"{took:,.0f} ms", "middle") for rate, took in points]
        parts.append(_text(_PLOT_LEFT + 10, y(points[0][1]) - 6, name, "start"))
    return _svg(bottom + 34, title, where, parts)
