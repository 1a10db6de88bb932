"""What whoever runs tests or benchmarks gives in the environment; a mistake ends the run with one line."""

import os
import sys
from collections.abc import Iterable


def number(name: str, default: float) -> float:
    """A number above zero."""
    text = os.environ.get(name, str(default))
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < float("inf"):
        sys.exit(f"{name}={text}: give a number above 0, such as {default:g}, or leave it out")
    return value


def choice(name: str, allowed: Iterable[str], default: str) -> str:
    """One of several words."""
    value, words = os.environ.get(name, default), list(allowed)
    if value not in words:
        sys.exit(f"{name}={value}: give one of {', '.join(words)}, or leave it out for {default}")
    return value
