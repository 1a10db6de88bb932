"""What intake said about a patient, and what of it stands in the way of a booking or a dose."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from shared.clinicfile.consents import ConsentDocument
from shared.clinicfile.model import Protocol
from shared.events.parts import AuthorisationDetail, Modality, Outcome
from shared.events.prescribing import OrderContent, ReviewSummary


@dataclass(frozen=True, slots=True)
class Blocker:
    """Why something may not happen yet: a code, the role that can mend it, and words for the screen.

    Of a criterion of the day's check (A.5): `question` decides it, `known` is whether it was answered, `told_at` when
    what decides it was last told. Not `holds_dose`: a task before the session, for which no dose waits.
    """

    code: str
    owner: str
    wording: str
    question: str | None = None
    known: bool = True
    told_at: datetime | None = None
    holds_dose: bool = True

    def params(self) -> dict[str, str]:
        """What a refusal says about it."""
        asked = {"state": "UNMET" if self.known else "UNKNOWN", "question": self.question} if self.question else {}
        return {"owner": self.owner, "detail": self.wording, **asked}


@dataclass(frozen=True, slots=True)
class Order:
    """A dose order that is signed now; revoked ones are left out by the reader."""

    order_id: UUID
    signed_at: datetime
    expires_at: datetime
    content: OrderContent


@dataclass(frozen=True, slots=True)
class Screening:
    """The newest screening and its newest review, None while no clinician looked at it."""

    screened_at: datetime
    outcomes: Mapping[Modality, Outcome]
    review: ReviewSummary | None


@dataclass(frozen=True, slots=True)
class Signature:
    """A consent to a version of a document, in force through `until`."""

    document: str
    version: str
    until: datetime


@dataclass(frozen=True, slots=True)
class Care:
    """Everything known about the patient's clearance at one clinic: `orders` are those that this clinic signed.

    `consents` are those that are signed and not revoked.

    `enrolled`: in the safety programme of the nasal spray. `authorisations` are those that billing told of.
    What intake said until `known_until` (wall time) is among it; `stale` when that is a minute ago or longer.
    """

    orders: Sequence[Order]
    screening: Screening | None
    consents: Sequence[Signature]
    open_concerns: int
    events_waiting: bool
    enrolled: bool = False
    authorisations: Sequence[AuthorisationDetail] = ()
    known_until: datetime | None = None
    stale: bool = False

    def order_for(self, protocol: Protocol) -> Order | None:
        """The newest signed order for the protocol, expired or not."""
        return newest_for(protocol, self.orders)


def holding(blockers: Iterable[Blocker]) -> list[Blocker]:
    """Those for which a dose waits."""
    return [blocker for blocker in blockers if blocker.holds_dose]


def newest_for(protocol: Protocol, orders: Sequence[Order]) -> Order | None:
    """The newest of some signed orders that is for the protocol, expired or not."""
    fitting = [o for o in orders if o.content.protocol == protocol.id and o.content.modality is protocol.modality]
    return max(fitting, key=lambda order: order.signed_at, default=None)


_SAFETY = Blocker("SAFETY_CONCERN_OPEN", "clinician", "A safety concern is open; a clinician records its disposition.")
_WAITING = Blocker("EVENTS_WAITING", "operator", "Facts about this patient wait for an operator (`stillwater parked`).")
_NO_ORDER = Blocker("ORDER_MISSING", "clinician", "No order of this clinic is signed for this protocol.")
_ORDER_EXPIRED = Blocker("ORDER_EXPIRED", "clinician", "The order has expired; sign a new one.")
_NOT_SCREENED = Blocker("SCREENING_MISSING", "clinician", "The patient has not been screened.")
_SCREENING_OLD = Blocker("SCREENING_TOO_OLD", "clinician", "The screening is too old; screen again.")
_NOT_REVIEWED = Blocker("SCREENING_NOT_REVIEWED", "clinician", "No clinician has reviewed the newest screening.")
_NOT_CLEARED = Blocker("MODALITY_NOT_CLEARED", "clinician", "The review did not clear this kind of treatment.")
_NOT_TREATABLE = Blocker(
    "MODALITY_NOT_TREATABLE", "clinician", "The newest screening rules this treatment out for now."
)
_CONDITION_LAPSED = Blocker(
    "CONDITION_LAPSED", "clinician", "A condition of the clearance ran out; a clinician reviews the screening again."
)


def treatment_blockers(care: Care, protocol: Protocol, now: datetime, screening_valid_days: int) -> list[Blocker]:
    """What forbids booking and dosing alike: concern, waiting facts, order, reviewed screening (A.1, A.6)."""
    return [
        *([_SAFETY] if care.open_concerns else []),
        *([_WAITING] if care.events_waiting else []),
        *_order(care.order_for(protocol), now),
        *_screening(care.screening, protocol.modality, now, timedelta(days=screening_valid_days)),
    ]


def consent_blockers(care: Care, required: Iterable[ConsentDocument], now: datetime) -> list[Blocker]:
    """Each document of the protocol must be signed and in force; the last instant still counts (SCR-071, H.6)."""
    return [_unsigned(document) for document in required if not _in_force(care, document, now)]


def _in_force(care: Care, document: ConsentDocument, now: datetime) -> bool:
    return any(
        one.document == document.code and one.version in document.versions and one.until >= now for one in care.consents
    )


def _unsigned(document: ConsentDocument) -> Blocker:
    title = next(iter(document.title.values()))
    return Blocker("CONSENT_MISSING", "frontdesk", f"{document.code} is not in force; have it signed: {title}.")


def _order(order: Order | None, now: datetime) -> Iterator[Blocker]:
    if order is None:
        yield _NO_ORDER
    elif order.expires_at <= now:
        yield _ORDER_EXPIRED


def _screening(screening: Screening | None, modality: Modality, now: datetime, valid: timedelta) -> Iterator[Blocker]:
    if screening is None:
        yield _NOT_SCREENED
        return
    if screening.screened_at + valid < now:
        yield _SCREENING_OLD
    outcome = screening.outcomes.get(modality)
    if outcome is None or not _treatable(outcome, screening.review, modality):
        yield _NOT_TREATABLE
    if screening.review is None:
        yield _NOT_REVIEWED
    elif modality not in screening.review.cleared:
        yield _NOT_CLEARED
    elif any(modality in condition.modalities and condition.until <= now for condition in screening.review.conditions):
        yield _CONDITION_LAPSED


def _treatable(outcome: Outcome, review: ReviewSummary | None, modality: Modality) -> bool:
    """What clinicians overrode is treatable, an emergency never is (A.1)."""
    if outcome.severity <= Outcome.NEEDS_REVIEW.severity:
        return True
    return outcome is not Outcome.EMERGENCY and review is not None and modality in review.overridden
