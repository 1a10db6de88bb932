"""In what a clinic's rules are looser than those that are shipped: it stands in every decision made by them."""

from datetime import date

from pydantic import BaseModel, ConfigDict

from shared.clinicfile.looser import described
from shared.clinicfile.model import ClinicFile


class Loosened(BaseModel):
    """One thing that is looser, and who answers for it since when, and why."""

    model_config = ConfigDict(frozen=True)

    change: str
    approved_by: str
    approved_on: date
    why: str

    def __str__(self) -> str:
        return (
            f"Looser than the shipped rules: {self.change}"
            f" (approved by {self.approved_by} on {self.approved_on}: {self.why})"
        )


def loosened(file: ClinicFile) -> tuple[Loosened, ...]:
    """A file is applied only if everything looser in it has an approval, and nothing else has one."""
    return tuple(
        Loosened(change=described(change), **change.approval.model_dump())
        for change in file.rule_changes
        if change.approval is not None
    )
