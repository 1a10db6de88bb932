"""Who and what must be on site in every minute of a session's block (domain D.2, D.5).

A nurse watches three patients, or two while one of them starts or has a pain infusion; a prescriber, somebody with ACLS
and a second person with BLS are there throughout; as many infusions start in any 15 minutes as nurses are on duty.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import Any
from uuid import UUID

from services.scheduling.domain.place import Block
from services.scheduling.domain.spray import is_spray
from shared.clinicfile.policies import CoverPolicy
from shared.events.parts import Modality


class Role(StrEnum):
    """What somebody is employed as."""

    NURSE = "NURSE"
    PRESCRIBER = "PRESCRIBER"
    OTHER = "OTHER"


class Credential(StrEnum):
    """What expires. `REMS`: trained for the nasal spray's safety programme (H.5)."""

    LICENCE = "LICENCE"
    DEA = "DEA"
    ACLS = "ACLS"
    BLS = "BLS"
    REMS = "REMS"


class Skill(StrEnum):
    """What somebody on duty can stand for."""

    NURSE = "NURSE"
    PRESCRIBER = "PRESCRIBER"
    ACLS = "ACLS"
    BLS = "BLS"
    REMS = "REMS"


_NEEDS = {
    Role.NURSE: (Skill.NURSE, {Credential.LICENCE}),
    Role.PRESCRIBER: (Skill.PRESCRIBER, {Credential.LICENCE, Credential.DEA}),
}


def skills(role: Role, credentials: dict[Credential, date], day: date) -> frozenset[Skill]:
    """What somebody can stand for on a local day: an expired credential counts for nothing, its last day still does."""
    valid = {credential for credential, until in credentials.items() if until >= day}
    found = {Skill(credential) for credential in valid & {Credential.ACLS, Credential.BLS, Credential.REMS}}
    if Skill.ACLS in found:
        found.add(Skill.BLS)
    skill, needed = _NEEDS.get(role, (None, set()))
    if skill is not None and needed <= valid:
        found.add(skill)
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody on site, and for what. `interprets`: languages."""

    person: UUID
    block: Block
    skills: frozenset[Skill]
    interprets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Load:
    """A session as those on duty meet it: its whole block, and when its dose starts."""

    block: Block
    dose_at: datetime
    modality: Modality

    def is_heavy(self, at: datetime, policy: CoverPolicy) -> bool:
        """Two patients to a nurse: throughout a pain infusion, and in the first minutes of any dose."""
        starting = self.dose_at <= at < self.dose_at + timedelta(minutes=policy.start_minutes)
        return starting or self.modality is Modality.IV_PAIN


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is missing between two instants."""

    code: str
    since: datetime
    until: datetime
    params: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Site:
    """A location for some days: who is on duty, the sessions that are booked, how many of a kind can run at once."""

    policy: CoverPolicy
    duties: Sequence[Duty]
    loads: Sequence[Load]
    kits: dict[Modality, int] = field(default_factory=dict)

    def shortages(self, wanted: Load) -> list[Shortage]:
        """What a further session would lack, minute by minute, in order of time. Empty: it can take place."""
        loads = [load for load in self.loads if load.block.overlaps(wanted.block)] + [wanted]
        duties = [duty for duty in self.duties if duty.block.overlaps(wanted.block)]
        found = [
            Shortage(code, since, until, params)
            for since, until in pairwise(_moments(wanted.block, loads, duties, self.policy))
            for code, params in self._lacks(since, loads, duties, wanted)
        ]
        return [*merged(found), *self._starts(wanted, duties)]

    def _lacks(
        self, at: datetime, loads: Sequence[Load], duties: Sequence[Duty], wanted: Load
    ) -> Iterator[tuple[str, dict[str, Any]]]:
        here = [load for load in loads if _holds(load.block, at)]
        there = [duty for duty in duties if _holds(duty.block, at)]
        nurses, needed = _count(there, Skill.NURSE), nurses_needed(here, at, self.policy)
        if nurses < needed:
            heavy = any(load.is_heavy(at, self.policy) for load in here)
            ratio = self.policy.heavy_per_nurse if heavy else self.policy.light_per_nurse
            yield "TOO_FEW_NURSES", {"nurses": nurses, "needed": needed} | ({"per_nurse": ratio} if nurses else {})
        if not _count(there, Skill.PRESCRIBER):
            yield "NO_PRESCRIBER", {}
        if not any(
            Skill.ACLS in one.skills and Skill.BLS in other.skills and one.person != other.person
            for one in there for other in there
        ):  # fmt: skip
            yield "NO_ACLS_AND_BLS", {}
        if is_spray(wanted.modality) and not _count(there, Skill.REMS):
            yield "NOBODY_TRAINED_FOR_REMS", {}
        kits, running = self.kits.get(wanted.modality), sum(load.modality is wanted.modality for load in here)
        if kits is not None and running > kits:
            yield "NO_KIT", {"kits": kits}

    def _starts(self, wanted: Load, duties: Sequence[Duty]) -> Iterator[Shortage]:
        """At most as many infusions start within any rolling window as nurses are on duty then."""
        if is_spray(wanted.modality):
            return
        window = timedelta(minutes=self.policy.start_minutes)
        starts = sorted([load.dose_at for load in self.loads if not is_spray(load.modality)] + [wanted.dose_at])
        for first in starts:
            if not first <= wanted.dose_at < first + window:
                continue
            together = sum(first <= start < first + window for start in starts)
            nurses = _count([duty for duty in duties if _holds(duty.block, wanted.dose_at)], Skill.NURSE)
            if together > nurses:
                params = {"starts": together, "nurses": nurses}
                yield Shortage("TOO_MANY_STARTS", first, first + window, params)
                return


def nurses_needed(loads: Sequence[Load], at: datetime, policy: CoverPolicy) -> int:
    """`ceil(heavy / 2 + light / 3)` (D.5), in whole numbers."""
    return -(-sum(share(load, at, policy) for load in loads) // whole_nurse(policy))


def whole_nurse(policy: CoverPolicy) -> int:
    """What one nurse has to give, in the parts of `share`."""
    return policy.heavy_per_nurse * policy.light_per_nurse


def share(load: Load, at: datetime, policy: CoverPolicy) -> int:
    """How much of a nurse a session takes at an instant within its block, in whole parts of one (D.5)."""
    return policy.light_per_nurse if load.is_heavy(at, policy) else policy.heavy_per_nurse


def on_duty(shift: Block, absences: Sequence[Block]) -> list[Block]:
    """What is left of a shift."""
    left, at = list[Block](), shift.starts_at
    for gap in sorted((one for one in absences if one.overlaps(shift)), key=lambda one: one.starts_at):
        if gap.starts_at > at:
            left.append(Block(at, gap.starts_at))
        at = max(at, gap.ends_at)
    return [*left, Block(at, shift.ends_at)] if at < shift.ends_at else left


def _holds(block: Block, at: datetime) -> bool:
    return block.starts_at <= at < block.ends_at


def _count(duties: Sequence[Duty], skill: Skill) -> int:
    return len({duty.person for duty in duties if skill in duty.skills})


def _moments(
    wanted: Block, loads: Sequence[Load], duties: Sequence[Duty], policy: CoverPolicy
) -> list[datetime]:  # fmt: skip
    """When anything changes within the block, its ends included."""
    start = timedelta(minutes=policy.start_minutes)
    changes = {wanted.starts_at, wanted.ends_at}
    for load in loads:
        changes |= {load.block.starts_at, load.block.ends_at, load.dose_at, load.dose_at + start}
    for duty in duties:
        changes |= {duty.block.starts_at, duty.block.ends_at}
    return sorted(at for at in changes if wanted.starts_at <= at <= wanted.ends_at)


def merged(shortages: Sequence[Shortage]) -> list[Shortage]:
    """The same shortage from one moment to the next is one."""
    found = list[Shortage]()
    for one in sorted(shortages, key=lambda s: (s.code, s.since)):
        last = found[-1] if found else None
        if last and (last.code, last.until, last.params) == (one.code, one.since, one.params):
            found[-1] = Shortage(one.code, last.since, one.until, one.params)
        else:
            found.append(one)
    return sorted(found, key=lambda s: (s.since, s.code))
