"""What becomes of an answer that worries (domain A.6): no alarm fatigue, no blind spot.

An answer opens a concern, which holds booking and dosing, unless somebody knows about it already. Where suicidality is
what is treated, an answer no worse than what a clinician settled lately with a safety plan is acknowledged at check-in
instead. Nothing is dropped but the very same answer, met a second time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from services.intake.domain.safety import COLUMBIA, ITEM9, SOUGHT, UNSAFE_THOUGHTS, Concern, Risk, Stage
from shared.clinicfile.policies import SafetyPolicy

OF_SUICIDALITY = frozenset({ITEM9, COLUMBIA, SOUGHT, UNSAFE_THOUGHTS})
"""Sources whose risks can be compared with each other. Other dangers always open a concern."""
_WITH_A_PLAN = "SAFETY_PLAN_MADE"
TaskKind = Literal["ANSWER_TO_ACKNOWLEDGE", "CRISIS_WORDS", "GUARDIAN_CONTACT"]


class Step(StrEnum):
    """What to do about an answer. With ADD an open concern is told of it, with ASK a task is."""

    NOTHING = "NOTHING"
    RAISE = "RAISE"
    ADD = "ADD"
    ADD_AND_ASK = "ADD_AND_ASK"
    ASK = "ASK"


class Further(BaseModel):
    """An answer that came while something was open about the same already; sealed with it."""

    model_config = ConfigDict(frozen=True)

    at: datetime
    source: str
    risk: Risk | None = None
    answer: str | None = None
    concern_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """A concern of the patient, open or settled. `answers`: risk by the answer it knows of."""

    id: UUID
    source: str
    risk: Risk
    stage: Stage
    answers: frozenset[tuple[str, str, Risk]]
    disposition: str | None = None
    resolved_at: datetime | None = None

    @property
    def open(self) -> bool:
        return self.stage != "RESOLVED"


def worst_of_each(found: Iterable[Concern]) -> tuple[Concern, ...]:
    """The highest risk of each source that one observation gives, the first one of equals; the gravest first."""
    worst: dict[str, Concern] = {}
    for concern in found:
        if concern.source not in worst or concern.risk.rank > worst[concern.source].risk.rank:
            worst[concern.source] = concern
    return tuple(sorted(worst.values(), key=lambda c: -c.risk.rank))


def covering(concern: Concern, known: Sequence[Known]) -> Known | None:
    """The open concern of the same source that is at least as grave; the one that nobody has acknowledged first."""
    able = [k for k in known if k.open and k.source == concern.source and k.risk.rank >= concern.risk.rank]
    return max(able, key=lambda k: (k.stage == "RAISED", k.risk.rank), default=None)


def heard_before(concern: Concern, answers: Iterable[tuple[str, str, Risk]]) -> bool:
    """Whether this very answer was dealt with, as being at least as grave."""
    return concern.answer is not None and any(
        (source, answer) == (concern.source, concern.answer) and risk.rank >= concern.risk.rank
        for source, answer, risk in answers
    )


def step_for(concern: Concern, known: Sequence[Known], now: datetime, policy: SafetyPolicy, *, sought: bool) -> Step:
    """What to do about an answer that was not heard before. `sought`: suicidality is what treatment is sought for.

    HIGH always opens a concern, unless one as grave waits to be acknowledged: then whoever takes it up sees both.
    """
    open_one = covering(concern, known)
    if open_one is not None and open_one.stage == "RAISED":
        return Step.ADD
    if concern.risk is Risk.HIGH:
        return Step.RAISE
    if open_one is not None:
        return Step.ADD_AND_ASK
    return Step.ASK if sought and settled_lately(concern, known, now, policy) else Step.RAISE


def settled_lately(concern: Concern, known: Sequence[Known], now: datetime, policy: SafetyPolicy) -> bool:
    """Whether the last disposition about suicidality covers the answer: no lower risk, with a safety plan, not older
    than the clinic's days. While anything about it is open, nothing is settled."""
    about = [k for k in known if k.source in OF_SUICIDALITY]
    if concern.source not in OF_SUICIDALITY or any(k.open for k in about):
        return False
    last = max(about, key=lambda k: (k.resolved_at or now, -k.risk.rank), default=None)
    if last is None or last.resolved_at is None or last.disposition != _WITH_A_PLAN:
        return False
    fresh = now - last.resolved_at <= timedelta(days=policy.disposition_days)
    return fresh and concern.risk.rank <= last.risk.rank


def acknowledge_at(now: datetime, session_at: datetime | None, lapses_at: datetime, hours: int) -> datetime:
    """When an answer must have been acknowledged: at check-in for the next session, if that comes before the
    disposition lapses; else within the clinic's hours."""
    if session_at is not None and session_at <= lapses_at:
        return session_at
    return now + timedelta(hours=hours)
