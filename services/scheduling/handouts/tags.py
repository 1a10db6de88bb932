"""HTML as a tree of elements: text in it is always text."""

from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element


def tag(name: str, *inside: Element | str, **attributes: str) -> Element:
    """An element with text, then elements. `kind` becomes its class."""
    element = Element(name, {("class" if key == "kind" else key): value for key, value in attributes.items()})
    element.text = "".join(one for one in inside if isinstance(one, str)) or None
    element.extend(one for one in inside if isinstance(one, Element))
    return element


def listed(texts: Iterable[str]) -> Element:
    """An unordered list."""
    return tag("ul", *(tag("li", text) for text in texts))


def table(heads: Sequence[str], rows: Iterable[Sequence[str]], **attributes: str) -> Element:
    """A table with a heading that is repeated on each page."""
    head = tag("thead", tag("tr", *(tag("th", text) for text in heads)))
    body = tag("tbody", *(tag("tr", *(tag("td", text) for text in row)) for row in rows))
    return tag("table", head, body, **attributes)
