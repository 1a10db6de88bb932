"""What a prescriber may answer for before a dose (domain A.5), and for how long that holds."""

from collections.abc import Iterable, Sequence

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.dayanswers import Override
from shared.clinicfile.dayof import DayOfPolicy

# Not among them: identity, an open or new safety concern (A.6), a known pregnancy (SCR-020 is no one person's to lift),
# crisis pressure, what is missing of order, screening and consent (each has an act of its own), nobody on site (D.2).
_MAY_BE = frozenset({
    "NPO_VIOLATION", "INTOXICATED", "MEDICATIONS_NOT_REVIEWED", "ALLERGIES_NOT_REVIEWED", "ESCORT_MISSING",
    "ESCORT_NOT_ADULT", "PREGNANCY_NOT_RULED_OUT", "WEIGHT_TOO_OLD", "ASSESSMENT_MISSING", "SUICIDE_SCREEN_MISSING",
    "MONITORING_NOT_READY", "PRESSURE_HOLD", "PRESSURE_HOLD_FOR_CLINICIAN", "HEART_RATE_OUT_OF_RANGE",
    "SPO2_OUT_OF_RANGE", "CHAIR_UNSUITABLE", "ARRIVED_LATE",
})  # fmt: skip
# H.5: somebody watches over the patient for two hours, who leaves safely, with an escort (D.4).
_NEVER_WITH_SPRAY = frozenset({"MONITORING_NOT_READY", "ESCORT_MISSING", "ESCORT_NOT_ADULT"})


def may_be_overridden(code: str, policy: DayOfPolicy, *, spray: bool) -> bool:
    """Whether a prescriber may let a dose start although this criterion is unmet or unknown."""
    own = any(criterion.code == code and criterion.may_be_overridden for criterion in policy.also)
    return own or (code in _MAY_BE and not (spray and code in _NEVER_WITH_SPRAY))


def covered(blocker: Blocker, overrides: Iterable[Override]) -> bool:
    """Whether a prescriber answered for it, knowing what is known now: what was told later nobody answered for."""
    return any(
        one.criterion == blocker.code and (blocker.told_at is None or blocker.told_at <= one.at) for one in overrides
    )


def still_blocking(
    blockers: Sequence[Blocker], overrides: Sequence[Override], policy: DayOfPolicy, *, spray: bool
) -> list[Blocker]:
    """What keeps the dose from starting after what a prescriber answered for."""
    return [
        blocker for blocker in blockers
        if not (may_be_overridden(blocker.code, policy, spray=spray) and covered(blocker, overrides))
    ]  # fmt: skip
