"""A mistake in a clinic file: which field, what is wrong, what to do."""

from dataclasses import dataclass

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Issue:
    """`path` leads from the top of the file to the field; `message` continues the sentence "FIELD ..."."""

    path: Path
    message: str
    mend: str

    @property
    def pointer(self) -> str:
        """The field as a JSON pointer (RFC 6901)."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.path)

    def __str__(self) -> str:
        return f"{field_name(self.path) or 'the file'} {self.message}; {self.mend}"


def field_name(path: Path) -> str:
    """A path as people write it: `rules[3].needs[0]`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
