"""What is to be answered, and when (domain B.8): at intake, before a session, check-ins and instruments after it, and
between maintenance sessions."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID

from services.intake.domain.instruments import CATALOGUE, InstrumentCode, Score
from services.intake.domain.phq9 import PHQ9, Phq9Score
from services.intake.domain.screening import Decision
from shared.clinicfile.assessments import AssessmentPolicy, Instruments, Track, track_of
from shared.clinicfile.model import Protocol
from shared.events.parts import Outcome
from shared.ids import derived_id

CHECK_IN = "CHECK_IN"
SCREENER = InstrumentCode.CSSRS_SCREEN.value

GIVEN_BY_STAFF = frozenset(code.value for code, one in CATALOGUE.items() if one.by_staff or one.scores_only)
"""Instruments that staff rates, or whose wording may not be shown (B.1)."""


class Occasion(StrEnum):
    """Why something is to be answered."""

    INTAKE = "INTAKE"
    BEFORE_SESSION = "BEFORE_SESSION"
    CHECK_IN_24H = "CHECK_IN_24H"
    CHECK_IN_72H = "CHECK_IN_72H"
    AFTER_24H = "AFTER_24H"
    AFTER_72H = "AFTER_72H"
    EVALUATION = "EVALUATION"
    MAINTENANCE = "MAINTENANCE"


CHECK_INS = {Occasion.CHECK_IN_24H: timedelta(hours=24), Occasion.CHECK_IN_72H: timedelta(hours=72)}
"""How long after discharge a check-in is due."""
_BESIDE = {Occasion.CHECK_IN_24H: Occasion.AFTER_24H, Occasion.CHECK_IN_72H: Occasion.AFTER_72H}
_MAIN = {Occasion.BEFORE_SESSION: PHQ9, Occasion.CHECK_IN_24H: CHECK_IN, Occasion.CHECK_IN_72H: CHECK_IN}
"""What an occasion asked before there were others; the ids of those stay what they were."""


@dataclass(frozen=True, slots=True)
class Window:
    """From when something is to be answered, and from when it is late. An answer counts from `counts_from` on."""

    opens_at: datetime
    late_from: datetime
    counts_from: datetime


@dataclass(frozen=True, slots=True)
class ToAnswer:
    """An instrument, or a check-in, to be answered for an occasion."""

    occasion: Occasion
    instrument: str
    window: Window


def tracks_of(protocol: Protocol | None, sought: str | None) -> tuple[Track, ...]:
    """What somebody is treated for: what they seek, if the protocol is for that, else everything that it is for."""
    if protocol is None or not protocol.indications:
        return (track_of(sought or ""),)
    if sought in protocol.indications:
        return (track_of(sought),)
    return tuple(dict.fromkeys(track_of(one) for one in protocol.indications))


def headed_for_treatment(decision: Decision) -> bool:
    """Whether a screening leaves any way to be treated open; until then nothing is asked for the sake of one."""
    return any(one.outcome is not Outcome.INELIGIBLE for one in decision.modalities)


def asks_anew(decision: Decision, previous: Decision | None) -> bool:
    """Whether a screening may ask something else at intake than the one before: what is sought has changed, or whether
    there is a way to be treated."""
    if previous is None:
        return True
    sought, before = (one.facts.get("primary_indication") for one in (decision, previous))
    same = (sought and sought.value) == (before and before.value)
    return not same or headed_for_treatment(decision) != headed_for_treatment(previous)


def at_intake(policy: AssessmentPolicy, tracks: tuple[Track, ...], since: datetime) -> tuple[ToAnswer, ...]:
    """Due once somebody was screened and can be treated, before the first session; what was just filled in counts."""
    late_from = since + timedelta(days=policy.intake_late_days)
    window = Window(since, late_from, since - timedelta(days=policy.intake_counts_days))
    return tuple(_at(Occasion.INTAKE, policy.asked(tracks).at_intake, window))


def before_session(policy: AssessmentPolicy, tracks: tuple[Track, ...], starts_at: datetime) -> tuple[ToAnswer, ...]:
    """Due some hours before a session and late at its start; a weekly instrument counts when it is a week old."""
    asked, opens_at = policy.asked(tracks), starts_at - timedelta(hours=policy.before_session_hours)
    each = Window(opens_at, starts_at, opens_at)
    weekly = Window(opens_at, starts_at, min(opens_at, starts_at - timedelta(days=policy.weekly_days)))
    return (
        *_at(Occasion.BEFORE_SESSION, asked.before_session, each),
        *_at(Occasion.BEFORE_SESSION, tuple(i for i in asked.weekly if i not in asked.before_session), weekly),
    )


def after_session(
    policy: AssessmentPolicy, tracks: tuple[Track, ...], discharged_at: datetime, number: int, sessions: int | None,
    gate: int | None = None,
) -> tuple[ToAnswer, ...]:  # fmt: skip
    """What follows session `number` of a course of so many: check-ins, what is asked beside them, an evaluation, and
    what is asked until the next session once the course is over. `gate`: a session that its protocol has evaluated
    beside those of the policy (D.1)."""
    found, asked = list[ToAnswer](), policy.asked(tracks)
    for occasion, after in CHECK_INS.items():
        window = _from(discharged_at + after, timedelta(hours=policy.check_in_late_hours))
        found += [ToAnswer(occasion, CHECK_IN, window), *_at(_BESIDE[occasion], asked.after_session, window)]
    if number in policy.after_sessions or number == gate:
        opens_at = discharged_at + timedelta(hours=policy.evaluation_opens_hours)
        window = _from(opens_at, timedelta(hours=policy.evaluation_late_hours))
        found += _at(Occasion.EVALUATION, asked.evaluation, window)
    if sessions is not None and number >= sessions:
        found += _at(Occasion.MAINTENANCE, asked.maintenance, next_maintenance(policy, discharged_at))
    return tuple(found)


def next_maintenance(policy: AssessmentPolicy, since: datetime) -> Window:
    """When something asked every few weeks is due again, counted from the session or the answer before."""
    return _from(since + timedelta(days=policy.maintenance_every_days), timedelta(days=policy.maintenance_late_days))


def enough(score: Phq9Score | Score) -> bool:
    """Whether a filled instrument counts as answered: it has its total, or whatever it has instead of one."""
    if isinstance(score, Phq9Score) or CATALOGUE[score.instrument].has_total:
        return score.total is not None
    means = score.subscales.values()
    return score.missing == 0 or (bool(means) and all(mean is not None for mean in means))


def given_by_staff(instrument: str) -> bool:
    """Whether patients cannot fill it in by themselves."""
    return instrument in GIVEN_BY_STAFF


def due_id(about: UUID, occasion: Occasion, instrument: str) -> UUID:
    """The id of what is due for an appointment or a session: the same however often it is planned."""
    main = _MAIN.get(occasion) == instrument
    return derived_id(about, occasion if main else f"{occasion}:{instrument}")


def _at(occasion: Occasion, instruments: Instruments, window: Window) -> Iterator[ToAnswer]:
    return (ToAnswer(occasion, instrument, window) for instrument in instruments)


def _from(opens_at: datetime, late_after: timedelta) -> Window:
    return Window(opens_at, opens_at + late_after, opens_at)
