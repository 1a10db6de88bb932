"""`stillwater apply`: one clinic file into force in four services, in two phases.

Every service validates and stages the file before any of them activates it, so a mistake changes nothing anywhere.
After a half failure (a service away between the phases or within the second) the same command finishes the work.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cli.services import Refused, Services
from shared.clinicfile.diff import Change, diff
from shared.clinicfile.hash import content_hash
from shared.clinicfile.model import ClinicFile


class NotApplied(Exception):
    """The file is not in force everywhere; the text says what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What applying would do. `active` is the hash in force per service; `changes` are against the oldest of them."""

    hash: str
    active: Mapping[str, str | None]
    changes: Sequence[Change]

    @property
    def done(self) -> bool:
        """The file is in force everywhere."""
        return all(hash_ == self.hash for hash_ in self.active.values())

    @property
    def new(self) -> bool:
        """No service has a file of this clinic in force."""
        return not any(self.active.values())

    @property
    def skewed(self) -> bool:
        """The services do not all work under the same file."""
        return len(set(self.active.values())) > 1


async def plan(services: Services, file: ClinicFile) -> Plan:
    """Compare the file with what each service has in force. Raises Refused, Unreachable."""
    active = {name: await _active(services, name, file.clinic_id) for name in services.names}
    hash_ = content_hash(file)
    behind = next((name for name, found in active.items() if found != hash_), None)
    before = await _content(services, behind, active[behind]) if behind else file
    return Plan(hash_, active, diff(before, file))


async def carry_out(services: Services, file: ClinicFile, note: Callable[[str], None]) -> None:
    """Stage everywhere, approve where clinical sections changed, activate everywhere; `note` hears each step.

    Raises NotApplied, Refused, Unreachable; before the first activation nothing in force has changed.
    """
    hash_ = content_hash(file)
    staged = {name: await _stage(services, name, file) for name in services.names}
    note(f"staged {hash_[:12]} in {', '.join(staged)}")
    for name, view in staged.items():
        if view["hash"] != hash_:
            raise NotApplied(f"{name} reads the file differently: all services and this command must be one version")
    if waiting := [name for name, view in staged.items() if view["approval_needed"]]:
        await _approve(services, waiting, hash_)
        note(f"clinical sections approved in {', '.join(waiting)}")
    for name in services.names:
        await services.post(name, f"/v1/clinic-files/{hash_}/activate")
        note(f"active in {name}")


async def _approve(services: Services, names: Sequence[str], hash_: str) -> None:
    try:
        for name in names:
            await services.post(name, f"/v1/clinic-files/{hash_}/approve")
    except Refused as refused:
        if refused.code != "FORBIDDEN":
            raise
        raise NotApplied(
            f"clinical sections changed: {hash_[:12]} is staged, and a director has to run this command"
        ) from None


async def _stage(services: Services, name: str, file: ClinicFile) -> dict[str, Any]:
    return await services.post(name, "/v1/clinic-files/stage", {"file": file.model_dump(mode="json")})


async def _active(services: Services, name: str, clinic_id: UUID) -> str | None:
    async for item in services.items(name, "/v1/clinic-files"):
        if item["clinic_id"] == str(clinic_id) and item["active"]:
            return str(item["hash"])
    return None


async def _content(services: Services, name: str, hash_: str | None) -> ClinicFile | None:
    if hash_ is None:
        return None
    view = await services.get(name, f"/v1/clinic-files/{hash_}")
    return ClinicFile.model_validate(view["file"])
