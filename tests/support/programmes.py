"""The programmes of the five clinics, each from its own way in to money, wherever their clinic files are in force."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from cli.demo import booking, chair, consultation, intake, spray
from cli.demo.story import Patient, Step, Story, Treatment
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile

CLINICS = Path(__file__).parents[2] / "clinics"
HOUR_LONG = Treatment(dose={"mg_per_kg": "0.5", "minutes": 60})
SPRAY = Treatment(
    modality="SPRAVATO_TRD", protocol="SPR_TRD_IND", document="SPRAVATO_TREATMENT", dose={"dose_mg": 56},
    pattern=("tue", "fri"),
)  # fmt: skip
INFUSION: Sequence[Step] = (
    booking.course_is_booked, chair.time_moves_on, chair.patient_arrives, chair.dose_runs, chair.patient_goes_home,
    chair.invoice_is_issued,
)  # fmt: skip
FIRST_SPRAY: Sequence[Step] = (
    spray.payer_authorises, booking.course_is_booked, chair.time_moves_on,
    chair.patient_arrives, spray.devices_are_used, spray.patient_is_observed, chair.invoice_is_issued,
    spray.units_are_counted,
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """What a programme comes to, in mg and cents: of the consultation, of the first session and still due for it.

    `left` are the sessions left of each package; `by_package` says that the one just sold paid for the session.
    """

    session_cents: int
    due_cents: int
    consultation_cents: int | None = None
    left: tuple[int, ...] = ()
    by_package: bool = False
    next_step: str = "STAFF_WILL_CONTACT"
    sessions: int = 6
    given_mg: int = 35


@dataclass(frozen=True)
class Programme:
    """What a clinic does for a patient, and what that comes to. `package` is sold before the course is booked,
    `before` happens before the screening, which looks at it."""

    clinic: str
    outcome: Outcome
    treatment: Treatment = field(default_factory=Treatment)
    care: Sequence[Step] = INFUSION
    before: Sequence[Step] = ()
    package: str | None = None

    @cached_property
    def file(self) -> ClinicFile:
        return load(CLINICS / f"{self.clinic}.yaml")


LARKSPUR = Programme("larkspur", Outcome(session_cents=45_000, due_cents=45_000))
CEDAR = Programme("cedar", Outcome(session_cents=50_000, due_cents=50_000))
NORTHFIELD = Programme(
    "northfield",
    Outcome(consultation_cents=25_000, session_cents=42_500, due_cents=0, left=(5,), by_package=True),
    package="six",
)
HARBOR = Programme(
    "harbor", Outcome(session_cents=52_500, due_cents=0, left=(5,), by_package=True), treatment=HOUR_LONG, package="six"
)
WITH_DRUG = 32_500 + 56 * 1_100
COASTLINE = Programme(
    "coastline",
    Outcome(
        next_step="STAFF_WILL_CALL", sessions=8, given_mg=56, consultation_cents=30_000, session_cents=WITH_DRUG,
        due_cents=WITH_DRUG,
    ),
    treatment=SPRAY,
    care=FIRST_SPRAY,
    before=(spray.patient_is_enrolled,),
)  # fmt: skip
PROGRAMMES = (LARKSPUR, CEDAR, NORTHFIELD, HARBOR, COASTLINE)


async def tell(story: Story, programme: Programme) -> Outcome:
    """Tell the programme to a house where its clinic's file is in force; returns what came of it."""
    await intake.comes_in(story, story.treated)
    for step in (intake.consent_is_signed, *programme.before):
        await step(story)
    await story.clock.settle()
    await intake.patient_is_screened(story)
    await consultation.consultation_takes_place(story)
    await intake.order_is_signed(story)
    sold = await _package(story, programme.package)
    for step in programme.care:
        await step(story)
    await story.clock.settle()
    return await _outcome(story, sold)


async def _package(story: Story, package: str | None) -> str | None:
    """Sell a package, if the programme has one; returns its id."""
    if package is None:
        return None
    body = {"clinic_id": str(story.clinic.clinic_id), "package": package, "method": "CARD"}
    path = f"/v1/patients/{story.treated.id}/packages"
    sold = await story.house.post("billing", path, "buys a package", body, story.staff["biller"])
    return str(sold["package_id"])


async def _outcome(story: Story, sold: str | None) -> Outcome:
    account = await story.house.get("billing", f"/v1/patients/{story.treated.id}/account", story.staff["biller"])
    invoices = {one["kind"]: one for one in account["invoices"]}
    session, credit = invoices["SESSION"], invoices["SESSION"]["credit"]
    return Outcome(
        session_cents=session["total"]["amount_cents"],
        due_cents=session["due"]["amount_cents"],
        consultation_cents=invoices["VISIT"]["total"]["amount_cents"] if "VISIT" in invoices else None,
        left=tuple(one["left"] for one in account["packages"]),
        by_package=credit is not None and credit["package_id"] == sold,
        next_step=story.lead["next_step"],
        sessions=len(story.course["sessions"]),
        given_mg=story.session["delivered"]["dose_mg"],
    )


async def finds(reader: Story, patient: Patient) -> int:
    """The status with which a clinic's front desk is answered when it opens a patient's record."""
    headers = {"Authorization": f"Bearer {reader.staff['frontdesk']}"}
    url = f"{reader.house.urls['intake']}/v1/patients/{patient.id}"
    return (await reader.house.http.get(url, headers=headers)).status_code
