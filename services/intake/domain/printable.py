"""Which characters people may write into names and texts."""

JOINERS = "\u200c\u200d"
"""Zero-width joiners: Persian names and many emoji need them. Other invisible characters reorder or hide text."""


def is_printable(text: str, also: str = "") -> bool:
    """Whether a text has no control characters, nor what changes the direction of text; `also` may stand in it too."""
    return all(character.isprintable() or character in JOINERS + also for character in text)
