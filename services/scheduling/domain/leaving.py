"""How a session really ended for the patient, and what a prescriber may answer for at the door (domain C.5)."""

from collections.abc import Iterable, Sequence
from enum import StrEnum

from services.scheduling.domain.discharge import Unmet


class Disposition(StrEnum):
    """How the patient left. HOME alone is permission; the others record what happened and are never refused."""

    HOME = "HOME"
    AGAINST_ADVICE = "AGAINST_ADVICE"
    LEFT_UNSEEN = "LEFT_UNSEEN"
    EMS = "EMS"
    DIED = "DIED"


# A.6: a concern is settled, never overridden. H.5: the programme's two hours are nobody's to shorten.
_NEVER, _NEVER_AFTER_SPRAY = frozenset({"SUICIDE_CONCERN"}), frozenset({"OBSERVATION_TOO_SHORT"})


def may_be_overridden(code: str, *, spray: bool) -> bool:
    """Whether a prescriber may let the patient go although this criterion is unmet or unknown."""
    return code not in (_NEVER | _NEVER_AFTER_SPRAY if spray else _NEVER)


def still_unmet(unmet: Sequence[Unmet], overridden: Iterable[str]) -> list[Unmet]:
    """What still keeps the patient here when a prescriber answers for `overridden`."""
    answered_for = set(overridden)
    return [criterion for criterion in unmet if criterion.code not in answered_for]
