"""From filled instruments to the facts that screening rules use (domain A.6, A.8, B.7)."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from services.intake.domain.instruments import InstrumentCode, InstrumentResult, asked
from services.intake.domain.known import Facts, KnownFact
from services.intake.domain.observations import Source

Reads = Callable[[InstrumentResult], bool | int | None]
_READERS: Mapping[str, tuple[InstrumentCode, Reads]] = {
    "audit_c_points": (InstrumentCode.AUDITC, lambda result: result.score.total),
    "mdq_positive": (InstrumentCode.MDQ, lambda result: result.score.findings["SCREEN_POSITIVE"]),
}
ASKED_BOTH_WAYS = frozenset(_READERS)


@dataclass(frozen=True, slots=True)
class Filled:
    """An instrument as it was filled in."""

    at: datetime
    source: Source
    result: InstrumentResult


def instrument_facts(newest_first: Sequence[Filled], said: Facts) -> Facts:
    """Points of the AUDIT-C and what the Mood Disorder Questionnaire says, beside what was said of them in the health
    questionnaire: what was found last counts, and a sheet that leaves it open takes back what was said before."""
    found = {name: _newer(said.get(name), _of(newest_first, code), read) for name, (code, read) in _READERS.items()}
    return {name: fact for name, fact in found.items() if fact is not None}


def _newer(said: KnownFact | None, filled: Sequence[Filled], read: Reads) -> KnownFact | None:
    if not filled or (said is not None and said.as_of > filled[0].at):
        return said
    known = _latest(filled, read)
    return said if known is None and said is not None and said.value is True else known


def suicide_screen(newest_first: Sequence[Filled]) -> Facts:
    """The Columbia screener by its questions: any one yes counts, whatever the others say; a no needs all of them."""
    screens = _of(newest_first, InstrumentCode.CSSRS_SCREEN)
    found = {
        name: _latest(screens, partial(_any, items))
        for name, items in {"cssrs_low": (0, 1), "cssrs_moderate": (2, 5), "cssrs_high": (3, 4, 6)}.items()
    }
    return {name: fact for name, fact in found.items() if fact is not None}


def latest_screen(newest_first: Sequence[Filled]) -> Filled | None:
    """The Columbia screener that was filled in last."""
    return next(iter(_of(newest_first, InstrumentCode.CSSRS_SCREEN)), None)


def finished(screen: Filled) -> bool:
    """Whether every question that was to be asked has an answer."""
    return None not in asked(screen.result.score.instrument, screen.result.answers)


def _any(items: Sequence[int], result: InstrumentResult) -> bool | None:
    """Whether one of these items is a yes; a question that an earlier no skipped counts as a no."""
    answers = asked(result.score.instrument, result.answers)
    given = [answers[item] for item in items]
    if any(given):
        return True
    return None if None in given else False


def _of(newest_first: Sequence[Filled], code: InstrumentCode) -> Sequence[Filled]:
    return [filled for filled in newest_first if filled.result.score.instrument is code]


def _latest(newest_first: Sequence[Filled], read: Reads) -> KnownFact | None:
    """The newest value. Leaving an item out takes back a no, never a yes: saying less never helps (A.8)."""
    found: tuple[bool | int | None, Filled] | None = None
    for filled in reversed(newest_first):
        value = read(filled.result)
        if found is None or value is not None or found[0] is not True:
            found = value, filled
    if found is None or found[0] is None:
        return None
    return KnownFact(value=found[0], source=found[1].source, as_of=found[1].at)
