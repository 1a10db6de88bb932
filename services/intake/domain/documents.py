"""Papers about a patient: kinds, who may see them, how an upload is made of parts, what its content is by its look."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import Any

from pydantic import BaseModel, ConfigDict

LARGEST = 20 * 1024 * 1024
PART = 512 * 1024
"""Bytes of every part but the last: below the limit of a request, and soon sent again over a poor line."""
UPLOAD_FOR = timedelta(hours=24)
SWEPT_AFTER = timedelta(hours=1)
"""Longer than any request that may still be writing a part."""
MOST_OPEN = 20


class Kind(StrEnum):
    """What a document is."""

    ECG = "ECG"
    INSURANCE_CARD = "INSURANCE_CARD"
    PAPER_CONSENT = "PAPER_CONSENT"


READERS: Mapping[Kind, tuple[str, ...]] = {
    Kind.ECG: ("nurse", "clinician"),
    Kind.INSURANCE_CARD: ("frontdesk", "nurse", "clinician", "biller"),
    Kind.PAPER_CONSENT: ("frontdesk", "nurse", "clinician"),
}
"""Staff that sees a document of a kind; patients see their own, and proxies none."""
UPLOADERS = ("frontdesk", "nurse", "clinician")
BY_PATIENTS = frozenset({Kind.ECG, Kind.INSURANCE_CARD})
"""What patients and proxies may send in: a signature on paper is only taken by staff, who saw it."""
ALL_READERS = tuple(sorted({role for roles in READERS.values() for role in roles}))

CONTENT_TYPES = ("application/pdf", "image/png", "image/jpeg", "image/tiff", "image/heic")
_LOOKS: Sequence[tuple[int, bytes, str]] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypheix", "image/heic"),
    (4, b"ftypmif1", "image/heic"),
)


class DocumentDetail(BaseModel):
    """What is sealed of a document: the digest that was announced, and words about its end."""

    model_config = ConfigDict(frozen=True)

    sha256: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What the parts of an upload turned out to be, put together."""

    numbers: frozenset[int]
    size: int
    sha256: str
    content_type: str | None


@dataclass(frozen=True, slots=True)
class Announced:
    """What was said of a document before it was sent."""

    content_type: str
    size: int
    sha256: str

    @property
    def parts(self) -> int:
        return -(-self.size // PART)

    def length_of(self, number: int) -> int | None:
        """How many bytes a part has, counted from 1; None if there is no such part."""
        if not 1 <= number <= self.parts:
            return None
        return PART if number < self.parts else self.size - PART * (self.parts - 1)


Flaw = tuple[str, str, dict[str, Any]]


def flaws_of(announced: Announced, found: Found) -> Iterator[Flaw]:
    """Everything in which an upload is not what was announced: field, code and parameters."""
    missing = sorted(set(range(1, announced.parts + 1)) - found.numbers)
    if missing:
        yield "/parts", "PARTS_MISSING", {"numbers": missing}
        return
    if found.size != announced.size:
        yield "/size", "SIZE_DIFFERS", {"bytes": found.size}
    if found.sha256 != announced.sha256:
        yield "/sha256", "DIGEST_DIFFERS", {}
    if found.content_type != announced.content_type:
        yield "/content_type", "CONTENT_DIFFERS", {"looks_like": found.content_type}


def looks_like(beginning: bytes) -> str | None:
    """The content type that the first bytes of a file show; None for anything that is not on the list."""
    return next((kind for at, look, kind in _LOOKS if beginning[at : at + len(look)] == look), None)
