"""The programme of each clinic, from its own way in to money, in one house where all five clinic files are in force."""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio

from cli.demo import booking, chair, consultation, course, ending, intake, spray
from cli.demo.story import Step, Story, Treatment
from services.billing.app import DEFINITION as BILLING
from services.intake.app import DEFINITION as INTAKE
from services.notifications.app import DEFINITION as NOTIFICATIONS
from services.scheduling.app import DEFINITION as SCHEDULING
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from tests.support.house import House, running
from tests.support.inhouse import story_in, talking_to
from tests.support.postgres import Postgres

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.timeout(420)]

CLINICS = Path(__file__).parents[2] / "clinics"
LARKSPUR, NORTHFIELD, HARBOR, CEDAR, COASTLINE = "larkspur", "northfield", "harbor", "cedar", "coastline"
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
    spray.patient_is_enrolled, spray.payer_authorises, booking.course_is_booked, chair.time_moves_on,
    chair.patient_arrives, spray.devices_are_used, spray.patient_is_observed, chair.invoice_is_issued,
    spray.units_are_counted,
)  # fmt: skip


@dataclass(frozen=True)
class Programme:
    """What a clinic does for a patient, and what it takes for it: cents of a consultation, of the first session."""

    clinic: str
    next_step: str = "STAFF_WILL_CONTACT"
    treatment: Treatment = field(default_factory=Treatment)
    care: Sequence[Step] = INFUSION
    sessions: int = 6
    given_mg: int = 35
    package: str | None = None
    consultation_cents: int | None = None
    session_cents: int = 0


PROGRAMMES = (
    Programme(LARKSPUR, session_cents=45_000),
    Programme(CEDAR, session_cents=50_000),
    Programme(NORTHFIELD, package="six", consultation_cents=25_000, session_cents=42_500),
    Programme(HARBOR, treatment=HOUR_LONG, package="six", session_cents=52_500),
    Programme(
        COASTLINE, next_step="STAFF_WILL_CALL", treatment=SPRAY, care=FIRST_SPRAY, sessions=8, given_mg=56,
        consultation_cents=30_000, session_cents=32_500 + 56 * 1_100,
    ),
)  # fmt: skip


@dataclass
class Five:
    """The house and its clinic files by name."""

    house: House
    http: httpx.AsyncClient
    files: dict[str, ClinicFile]

    def story(self, programme: Programme) -> Story:
        return story_in(self.house, self.http, self.files[programme.clinic], treatment=programme.treatment)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def five(postgres: Postgres, cluster: str) -> AsyncIterator[Five]:
    files = {name: load(CLINICS / f"{name}.yaml") for name in (LARKSPUR, NORTHFIELD, HARBOR, CEDAR, COASTLINE)}
    definitions = [INTAKE, SCHEDULING, NOTIFICATIONS, BILLING]
    async with running(definitions, postgres, cluster, clinic=files[LARKSPUR]) as house, talking_to(house) as http:
        for name in (NORTHFIELD, HARBOR, CEDAR, COASTLINE):
            for service in house.services:
                await house.apply(service, files[name])
        yield Five(house, http, files)


@pytest.mark.parametrize("programme", PROGRAMMES, ids=lambda one: one.clinic)
async def test_a_patient_goes_from_the_way_in_to_money(five: Five, programme: Programme) -> None:
    story = five.story(programme)
    await intake.comes_in(story, story.treated)
    assert story.lead["next_step"] == programme.next_step
    await intake.patient_is_screened(story)
    await consultation.consultation_takes_place(story)
    await intake.consent_is_signed(story)
    await intake.order_is_signed(story)
    sold = await _package(story, programme.package)
    for step in programme.care:
        await step(story)
    assert len(story.course["sessions"]) == programme.sessions
    assert story.session["delivered"]["dose_mg"] == programme.given_mg
    await five.house.settle()
    await _money_is_right(story, programme, sold)


async def _package(story: Story, package: str | None) -> str | None:
    """Sell a package, if the programme has one; returns its id."""
    if package is None:
        return None
    body = {"clinic_id": str(story.clinic.clinic_id), "package": package, "method": "CARD"}
    path = f"/v1/patients/{story.treated.id}/packages"
    sold = await story.house.post("billing", path, "buys a package", body, story.staff["biller"])
    return str(sold["package_id"])


async def _money_is_right(story: Story, programme: Programme, sold: str | None) -> None:
    account = await story.house.get("billing", f"/v1/patients/{story.treated.id}/account", story.staff["biller"])
    invoices = {one["kind"]: one for one in account["invoices"]}
    assert _cents(invoices.get("VISIT")) == programme.consultation_cents
    session = invoices["SESSION"]
    assert _cents(session) == programme.session_cents
    assert (session["credit"] or {}).get("package_id") == sold
    assert session["due"]["amount_cents"] == (0 if sold else programme.session_cents)
    assert [one["left"] for one in account["packages"]] == ([5] if sold else [])


def _cents(invoice: dict[str, Any] | None) -> int | None:
    return None if invoice is None else int(invoice["total"]["amount_cents"])


async def test_a_course_is_carried_out_to_its_end_with_one_session_moved_and_one_cancelled(five: Five) -> None:
    story = five.story(PROGRAMMES[0])
    for step in (
        intake.lead_becomes_patient, intake.patient_is_screened, intake.consent_is_signed, intake.order_is_signed,
        *INFUSION, course.session_is_moved, course.session_is_cancelled, course.rest_is_carried_out,
    ):  # fmt: skip
        await step(story)
    await five.house.settle()
    states = {one["session_number"]: one["state"] for one in story.course["sessions"]}
    assert states == dict.fromkeys((1, 2, 3, 4, 6), "COMPLETED") | {5: "CANCELLED"}
    assert story.course["state"] == "COMPLETE"
    said = Counter(entry["code"] for entry in await ending.timeline_of(story))
    happened = {"APPOINTMENT_MOVED": 1, "APPOINTMENT_CANCELLED": 1, "SESSION_COMPLETED": 5, "MAINTENANCE_DUE": 1}
    assert {code: said[code] for code in happened} == happened
    assert await ending.money_is_counted(story) == [
        "invoiced USD 2,250.00, credited USD 0.00, paid USD 0.00, due USD 2,250.00"
    ]


async def test_the_other_clinic_of_the_organisation_finds_the_same_patient(five: Five) -> None:
    story, cedar = five.story(PROGRAMMES[0]), five.story(PROGRAMMES[1])
    await intake.comes_in(story, story.treated)
    path = f"/v1/patients/{story.treated.id}"
    seen = await story.house.get("intake", path, cedar.staff["frontdesk"])
    assert seen["id"] == story.treated.id
    stranger = await story.house.http.get(
        f"http://intake{path}", headers={"Authorization": f"Bearer {five.story(PROGRAMMES[2]).staff['frontdesk']}"}
    )
    assert stranger.status_code == 404
