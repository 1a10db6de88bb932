"""What the clinic asks to be paid before a session, and whether it is (domain F.7)."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from services.billing.domain.prices import pays_for
from shared.clinicfile.paying import PaymentPolicy
from shared.events.paying import SessionPayment

PREPAYMENT, BALANCE_DUE = "PREPAYMENT", "BALANCE_DUE"
LOOKED_AT_UNTIL = timedelta(days=1)
"""So long after its start a session that nobody said anything about may still take place and use a credit."""


@dataclass(frozen=True, slots=True)
class Coming:
    """A session that is to come; `on` is its local date. Not `asked`: a payer's authorisation is counted for it."""

    appointment_id: UUID
    course_id: UUID
    number: int
    starts_at: datetime
    on: date
    protocol: str
    asked: bool = True


@dataclass(frozen=True, slots=True)
class Credits:
    """What is left of a package: `expires_on` is its last day, no `protocols` means all."""

    package_id: UUID
    left: int
    expires_on: date
    protocols: tuple[str, ...] = ()


def still_coming(starts_at: datetime, now: datetime) -> bool:
    """Whether a session that has not ended may still take place."""
    return starts_at > now - LOOKED_AT_UNTIL


def prepaid(coming: Iterable[Coming], packages: Iterable[Credits]) -> set[UUID]:
    """The sessions for which a credit is there, as they will use them: in order of time, of what expires first."""
    in_turn = sorted(packages, key=lambda one: (one.expires_on, one.package_id))
    left = {package.package_id: package.left for package in in_turn}
    paid: set[UUID] = set()
    for session in sorted(coming, key=lambda one: (one.starts_at, one.appointment_id)):
        good = (
            package.package_id for package in in_turn
            if left[package.package_id] > 0 and session.on <= package.expires_on
            and pays_for(package.protocols, session.protocol)
        )  # fmt: skip
        used = next(good, None)
        if used is not None:
            left[used] -= 1
            paid.add(session.appointment_id)
    return paid


def too_much_due(due_cents: Mapping[str, int], policy: PaymentPolicy, currency: str) -> bool:
    """Whether more is due than the policy lets be. What is due in another currency cannot be compared: it is."""
    most = policy.most_due_cents
    return most is not None and any(cents > (most if due == currency else 0) for due, cents in due_cents.items())


def missing_before(
    coming: Sequence[Coming], packages: Iterable[Credits], policy: PaymentPolicy, *, too_much: bool
) -> dict[UUID, tuple[str, ...]]:
    """By appointment what is missing, empty where nothing is: of all sessions to come, of every course."""
    paid = prepaid(coming, packages)
    owes = (BALANCE_DUE,) if too_much else ()
    return {
        one.appointment_id: (*_unpaid(one, paid, policy), *owes) if one.asked else () for one in coming
    }  # fmt: skip


def _unpaid(session: Coming, paid: set[UUID], policy: PaymentPolicy) -> tuple[str, ...]:
    return (PREPAYMENT,) if policy.prepaid and session.appointment_id not in paid else ()


def standing(
    coming: Iterable[Coming], missing: Mapping[UUID, tuple[str, ...]], told: Iterable[SessionPayment], now: datetime
) -> tuple[SessionPayment, ...]:
    """How each session stands now, and since when: what is met or unmet as it was told keeps its moment."""
    before = {one.appointment_id: one for one in told}
    found = []
    for session in sorted(coming, key=lambda one: one.number):
        lacks = missing[session.appointment_id]
        known = before.get(session.appointment_id)
        since = known.since if known is not None and known.met == (not lacks) else now
        found.append(
            SessionPayment(
                appointment_id=session.appointment_id, number=session.number, met=not lacks, since=since, missing=lacks
            )
        )  # fmt: skip
    return tuple(found)


def is_met(sessions: Iterable[SessionPayment]) -> bool:
    """Whether nothing is missing before any of them."""
    return all(one.met for one in sessions)


def is_news(now: Iterable[SessionPayment], told: Iterable[SessionPayment], *, asks: bool) -> bool:
    """Whether a session stands otherwise than was told, or is new where anything is asked."""
    before = {one.appointment_id: one.missing for one in told}
    return any(
        one.missing != before[one.appointment_id] if one.appointment_id in before else asks for one in now
    )  # fmt: skip
