"""What whoever runs tests or benchmarks gives in the environment; a mistake ends the run with one line."""

import os
import random
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


def seed() -> int:
    """What chance starts from, so that a run can be repeated; another one each time when none is given."""
    name = "STILLWATER_SEED"
    text = os.environ.get(name, "") or str(random.SystemRandom().randrange(10**9))
    if not text.isdecimal():
        sys.exit(f"{name}={text}: give the whole number that a run has printed, or leave it out")
    return int(text)
