"""Controlled substances of a clinic and how they are kept (domain H.4; numbers are `policy`)."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from shared.clinicfile.oncall import OnCall, Rung
from shared.clinicfile.policies import FilePart
from shared.events.parts import Modality

Witnessed = Literal[
    "RECEIVE", "WASTE", "RETURN", "TRANSFER_OUT", "TRANSFER_IN", "REVERSE_DISTRIBUTE", "LOSS", "ADJUST", "REVERSAL",
    "COUNT",
]  # fmt: skip


class Substance(FilePart):
    """A controlled substance and its schedule. `modalities`: the treatments whose dose is of it; none: given beside."""

    id: Annotated[str, Field(pattern=r"^[a-z][a-z0-9-]{0,39}$")]
    name: Annotated[str, Field(min_length=1, max_length=80)]
    schedule: Literal["II", "III", "IV", "V"]
    modalities: tuple[Modality, ...] = ()
    transferable: bool = Field(True, description="may go to another registration; nasal spray may not (H.5)")


_SUBSTANCES = (
    Substance(id="ketamine", name="Ketamine", schedule="III", modalities=(Modality.IV_MOOD, Modality.IV_PAIN)),
    Substance(
        id="esketamine",
        name="Esketamine",
        schedule="III",
        transferable=False,
        modalities=(Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI),
    ),
)


HoursBefore = Annotated[tuple[Annotated[int, Field(ge=1, le=44 * 24)], ...], Field(max_length=10)]


class LedgerAlarms(FilePart):
    """Whom it pages, and when, that stock differs from the ledger or that a loss must be told (H.4). Hours.

    It pages so long before each deadline, when that ends, and then every `repeat_hours` until it is done, each time the
    next rung, the last one again and again; minutes of a rung say nothing here.
    """

    ladder: Annotated[tuple[Rung, ...], Field(max_length=20)] = Field((), description="left out: that of on_call")
    settle_hours: HoursBefore = Field((8, 1), description="a difference, by the end of the local day of discovery")
    notice_hours: HoursBefore = Field((24, 4), description="the notice of a loss, within a business day")
    form_hours: HoursBefore = Field((14 * 24, 72, 24), description="Form 106, within 45 days")
    repeat_hours: int = Field(24, ge=1, le=7 * 24)
    text: Annotated[str, Field(min_length=1, max_length=300)] = Field(
        "A record of the clinic's cabinet has a deadline. Please open the list of differences and do what it names.",
        description="what a page says; neutral, as any screen may show it (domain E.3)",
    )

    def on_call(self, of_clinic: OnCall) -> OnCall:
        """Who is paged, and with which words."""
        return of_clinic.model_copy(update={"ladder": self.ladder or of_clinic.ladder, "text": self.text})


class ControlledPolicy(FilePart):
    """The ledger of controlled substances. Hours, days, minutes."""

    substances: tuple[Substance, ...] = _SUBSTANCES
    stock_for_dose: bool = Field(False, description="a dose starts only when it was drawn for the session before")
    multi_dose_open_hours: int = Field(28 * 24, ge=1, description="a multi-dose vial is used so long once it is open")
    single_dose_open_hours: int = Field(1, ge=1, description="the same of a single-dose vial, drawn from once")
    witnessed: tuple[Witnessed, ...] = Field(
        ("RECEIVE", "WASTE", "RETURN", "TRANSFER_OUT", "TRANSFER_IN", "REVERSE_DISTRIBUTE", "LOSS", "ADJUST",
         "REVERSAL", "COUNT"),
        description="what needs a second person with an own PIN",
    )  # fmt: skip
    draws_witnessed: bool = Field(False, description="whether preparing a dose needs a second person too")
    alarms: LedgerAlarms = LedgerAlarms()
    pin_tries: int = Field(5, ge=3, le=10, description="wrong PINs in a row until it is locked")
    pin_lock_minutes: int = Field(15, ge=1, le=24 * 60)
    pin_valid_days: int = Field(180, ge=1, le=400, description="then it is set anew, with the roles of that day")

    @model_validator(mode="after")
    def _each_once(self) -> "ControlledPolicy":
        ids = [substance.id for substance in self.substances]
        if len(set(ids)) < len(ids):
            raise ValueError("names a substance twice; give each an id of its own")
        return self

    def needs_witness(self, kind: str) -> bool:
        """Whether a movement of this kind, or a COUNT, needs a second person."""
        return self.draws_witnessed if kind == "DRAW" else kind in self.witnessed

    def substance(self, substance_id: str) -> Substance | None:
        return next((one for one in self.substances if one.id == substance_id), None)
