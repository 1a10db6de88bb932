"""Consents to documents of the clinic: what a signature must say, how each document stands (domain H.6, SCR-071)."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from shared.clinicfile.consents import ConsentDocument

Medium = Literal["SCREEN", "PAPER"]
State = Literal["MISSING", "SIGNED", "OUTDATED", "EXPIRED", "REVOKED"]


class Signature(BaseModel):
    """How it was signed: language, screen or paper (`scan_id` is a document of it), on which device, and who else was
    there. A signature from before `device` was asked has none."""

    model_config = ConfigDict(frozen=True)

    language: str
    medium: Medium
    device: str | None = None
    witness: str | None = None
    interpreter: str | None = None
    scan_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Signed:
    """A signature of a patient as it stands now."""

    id: UUID
    document: str
    version: str
    signed_at: datetime
    valid_until: datetime
    revoked_at: datetime | None


Fault = tuple[str, str, dict[str, Any]]


def faults_of(
    document: ConsentDocument | None, offered: Iterable[str], version: str, how: Signature, signed_at: datetime,
    now: datetime,
) -> Iterator[Fault]:  # fmt: skip
    """Everything that is wrong with a signature: field, code and parameters. `offered` are the clinic's documents.

    Only the document's own version is signed now; paper may also carry an earlier one that still holds.
    """
    if signed_at > now:
        yield "/signed_at", "IN_THE_FUTURE", {}
    if how.scan_id is not None and how.medium != "PAPER":
        yield "/scan_id", "NOT_ON_PAPER", {}
    if document is None:
        yield "/document", "UNKNOWN_DOCUMENT", {"documents": sorted(offered)}
        return
    allowed = document.versions if how.medium == "PAPER" else {document.version}
    if version not in allowed:
        yield "/document_version", "VERSION_NOT_IN_FORCE", {"versions": sorted(allowed)}
    if how.language not in document.title:
        yield "/language", "LANGUAGE_NOT_OFFERED", {"languages": sorted(document.title)}
    if document.witness and how.witness is None:
        yield "/witness", "WITNESS_NEEDED", {}


def valid_until(document: ConsentDocument, signed_at: datetime, days: int) -> datetime:
    """The last instant at which a signature holds; `days` is the clinic's policy where the document says nothing."""
    return signed_at + timedelta(days=document.valid_days or days)


def standing(document: ConsentDocument, signatures: Sequence[Signed], now: datetime) -> tuple[State, Signed | None]:
    """How a document stands with a patient, and by which signature: the best there is, of equals the newest."""
    order: tuple[State, ...] = ("SIGNED", "OUTDATED", "EXPIRED", "REVOKED")
    states = [(_state(document, one, now), one) for one in signatures if one.document == document.code]
    return min(states, key=lambda s: (order.index(s[0]), -s[1].signed_at.timestamp()), default=("MISSING", None))


def overtaken(signatures: Sequence[Signed]) -> Iterator[tuple[Signed, datetime]]:
    """Signatures that a revocation of their document ends, and when that was: a revocation wins over whatever was
    signed before it, however late it is written down; only a signature after it counts (design: consent)."""
    revoked: dict[str, datetime] = {}
    for one in signatures:
        if one.revoked_at is not None:
            revoked[one.document] = max(one.revoked_at, revoked.get(one.document, one.revoked_at))
    for one in signatures:
        ended = revoked.get(one.document)
        if one.revoked_at is None and ended is not None and one.signed_at <= ended:
            yield one, ended


def _state(document: ConsentDocument, signed: Signed, now: datetime) -> State:
    if signed.revoked_at is not None:
        return "REVOKED"
    if signed.valid_until < now:
        return "EXPIRED"
    return "SIGNED" if signed.version in document.versions else "OUTDATED"
