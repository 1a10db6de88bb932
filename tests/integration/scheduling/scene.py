"""Scheduling in a house of its own: patients whom intake has cleared, and the people who act on them over HTTP."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import httpx

from shared.calendar import at_local, local_date
from shared.events import Event
from shared.events.intake import (
    ConsentSigned,
    OrderSigned,
    OutcomeRecorded,
    PatientRegistered,
    PatientScreened,
    ScreeningReviewed,
)
from shared.events.parts import (
    Contact,
    ContactRecord,
    Identity,
    Modality,
    ModalityOutcome,
    Outcome,
    ScoreDetail,
    ScreeningSummary,
)
from shared.events.prescribing import OrderContent, ReviewSummary, StandingOrderContent
from shared.ids import new_id
from shared.sealing import Sealed
from tests.support.house import House

BORN = date(1984, 2, 29)
NAME = "Robin Ann Quist"
IDENTIFIERS = {"birth_date": BORN.isoformat(), "name": NAME, "record_number": "LK-000123"}
FULL = {
    "systolic": 124, "diastolic": 80, "heart_rate": 70, "spo2": 98, "respiratory_rate": 14, "temperature_c": "36.6",
    "cadss": 0,
}  # fmt: skip
AWAY = {"systolic": 126, "diastolic": 82, "heart_rate": 70, "spo2": 97, "moaas": 5, "cadss": 2}
HOME = {
    "aldrete": {"activity": 2, "respiration": 2, "consciousness": 2}, "gait_steady": True, "nausea_controlled": True,
    "iv_out": True, "escort_present": True, "instructions_given": True, "new_suicide_concern": False,
}  # fmt: skip


class Scene:
    """`call` acts as staff of every kind at the clinic unless told otherwise."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.http = house.client("scheduling")
        self.zone = house.clinic.zone
        self.staff = house.tokens.staff("frontdesk", "nurse", "clinician", "admin")

    @property
    def now(self) -> datetime:
        return self.house.clock.now()

    async def say(self, patient_id: UUID, *events: Event, clinic: UUID | None = None) -> None:
        """Publish facts of intake about a patient, in order; the house's clinic says them unless told otherwise."""
        async with self.house.unit("intake") as uow:
            for event in events:
                uow.emit(event, key=patient_id, subject=patient_id, clinic_id=clinic or self.house.clinic.clinic_id)

    async def run(self, statement: str, *arguments: Any) -> None:
        """Run SQL in scheduling's database."""
        pool = await self.house.services["scheduling"].database.pool()
        await pool.execute(statement, *arguments)

    async def patients(self, count: int) -> list[UUID]:
        """Several patients who may be booked."""
        found = [await self.patient(settle=False) for _ in range(count)]
        await self.house.settle()
        return found

    async def patient(
        self, *, cleared: bool = True, valid: timedelta = timedelta(days=400), settle: bool = True
    ) -> UUID:  # fmt: skip
        """A patient whom scheduling knows; `cleared` may be booked: screened, reviewed, consented, ordered."""
        patient_id = new_id()
        await self.say(patient_id, self.registered(patient_id))
        if cleared:
            screening_id = new_id()
            await self.say(
                patient_id, self.screened(patient_id, screening_id), self.reviewed(patient_id, screening_id, version=2),
                self.consented(patient_id), self.ordered(patient_id, new_id(), valid=valid),
            )  # fmt: skip
        if settle:
            await self.house.settle()
        return patient_id

    def registered(
        self, patient_id: UUID, version: int = 1, name: str = NAME, **needs: Any
    ) -> PatientRegistered:  # fmt: skip
        """Patients of these tests are namesakes, unless told otherwise. `needs` stand in the card."""
        card = Identity(legal_name=name, birth_date=BORN, sex_at_birth="F", record_number="LK-000123", **needs)
        contact = ContactRecord(contact=Contact(given_name="Robin"))
        return PatientRegistered(
            patient_id=patient_id, version=version, registered_at=self.now, identity=Sealed.of(card),
            contact=Sealed.of(contact),
        )  # fmt: skip

    def screened(
        self, patient_id: UUID, screening_id: UUID, version: int = 1, outcome: Outcome = Outcome.ELIGIBLE,
        modality: Modality = Modality.IV_MOOD,
    ) -> PatientScreened:  # fmt: skip
        found = ModalityOutcome(modality=modality, outcome=outcome)
        return PatientScreened(
            screening_id=screening_id, patient_id=patient_id, version=version, screened_at=self.now,
            rule_set_hash="0" * 8, summary=Sealed.of(ScreeningSummary(outcomes=(found,))),
        )  # fmt: skip

    def reviewed(
        self, patient_id: UUID, screening_id: UUID, version: int, modality: Modality = Modality.IV_MOOD
    ) -> ScreeningReviewed:
        review = ReviewSummary(cleared=(modality,))
        return ScreeningReviewed(
            screening_id=screening_id, patient_id=patient_id, version=version, reviewed_at=self.now,
            review=Sealed.of(review),
        )  # fmt: skip

    def consented(
        self, patient_id: UUID, consent_id: UUID | None = None, document: str = "IV_TREATMENT"
    ) -> ConsentSigned:
        return ConsentSigned(
            consent_id=consent_id or new_id(), patient_id=patient_id, version=1, document=document,
            document_version="2026-10", signed_at=self.now, valid_until=self.now + timedelta(days=365),
        )  # fmt: skip

    def scored(self, patient_id: UUID, total: int, instrument: str = "PHQ9") -> OutcomeRecorded:
        """A score, recorded now."""
        score = ScoreDetail(instrument=instrument, total=total, band="any")
        return OutcomeRecorded(
            assessment_id=new_id(), patient_id=patient_id, recorded_at=self.now, score=Sealed.of(score)
        )

    def ordered(
        self, patient_id: UUID, order_id: UUID, *, valid: timedelta = timedelta(days=60), version: int = 1,
        minutes: int = 40, interval_days: int | None = None, standing: tuple[StandingOrderContent, ...] = (),
    ) -> OrderSigned:  # fmt: skip
        order = OrderContent(
            modality=Modality.IV_MOOD, protocol="IV_MOOD_6", mg_per_kg=Decimal("0.5"), dose_weight_kg=Decimal(70),
            dose_mg=35, minutes=minutes, draw_ml=Decimal("0.7"), rate_ml_per_hour=Decimal("52.5"),
            stock_mg_per_ml=Decimal(50), arithmetic=("70 kg x 0.5 mg/kg = 35 mg",), interval_days=interval_days,
            standing=standing,
        )  # fmt: skip
        return OrderSigned(
            order_id=order_id, patient_id=patient_id, version=version, signed_at=self.now,
            expires_at=self.now + valid, order=Sealed.of(order),
        )  # fmt: skip

    def next_monday(self, weeks: int = 0) -> date:
        """A Monday at the clinic, at least a day away."""
        today = local_date(self.now, self.zone)
        return today + timedelta(days=(7 - today.weekday()) or 7) + timedelta(weeks=weeks)

    def wish(self, patient_id: UUID, **change: Any) -> dict[str, Any]:
        """A request for six sessions on Monday, Wednesday and Friday at nine."""
        return {
            "patient_id": str(patient_id), "clinic_id": str(self.house.clinic.clinic_id), "location": "main",
            "protocol": "IV_MOOD_6", "start_on": self.next_monday().isoformat(), "pattern": ["mon", "wed", "fri"],
            "time": "09:00",
        } | change  # fmt: skip

    async def call(
        self, path: str, body: Any = None, *, version: int | None = None, token: str | None = None,
        key: str | None = None,
    ) -> httpx.Response:  # fmt: skip
        """POST; `version` goes into If-Match."""
        headers = {"Authorization": f"Bearer {token or self.staff}", "Idempotency-Key": key or str(new_id())}
        if version is not None:
            headers["If-Match"] = f'"{version}"'
        return await self.http.post(path, json=body if body is not None else {}, headers=headers)

    async def heard(self, path: str, body: Any = None, **further: Any) -> httpx.Response:
        """POST as a client does: whoever waits too long for a row of others (BUSY) sends the same request again."""
        key = str(new_id())
        while (answer := await self.call(path, body, key=key, **further)).status_code == 503:
            assert (answer.json()["code"], answer.headers["Retry-After"]) == ("BUSY", "1"), answer.text
        return answer

    async def see(self, path: str, *, token: str | None = None, **params: Any) -> httpx.Response:
        """GET."""
        return await self.http.get(path, params=params, headers={"Authorization": f"Bearer {token or self.staff}"})

    async def book(self, patient_id: UUID, **change: Any) -> dict[str, Any]:
        """Book a course; returns its view."""
        answer = await self.call("/v1/courses", self.wish(patient_id, **change))
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def go_to(self, appointment: dict[str, Any]) -> None:
        """Move business time to the start of an appointment, unless that has come already."""
        ahead = datetime.fromisoformat(appointment["starts"]["utc"]) - self.now
        await self.house.clock.advance(max(timedelta(), ahead))

    async def wait(self, minutes: float) -> None:
        await self.house.clock.advance(timedelta(minutes=minutes))

    async def arrive(self, appointment: dict[str, Any]) -> dict[str, Any]:
        """Go to the appointment, name an escort, check in, ask what is asked on the day; returns the session."""
        session = await self.seated(appointment)
        asked = await self.call(f"/v1/sessions/{session['session_id']}/day-check", self.day())
        assert asked.json().get("passed") is True, asked.text
        return session

    async def seated(self, appointment: dict[str, Any]) -> dict[str, Any]:
        """Go to the appointment, name an escort, check in; nothing was asked yet."""
        await self.go_to(appointment)
        path = f"/v1/appointments/{appointment['appointment_id']}"
        named = await self.call(
            f"{path}/escort", {"name": "Sam Quist", "phone": "+12085550107", "at_least_18": True},
            version=appointment["version"],
        )  # fmt: skip
        assert named.status_code == 200, named.text
        here = await self.call(f"{path}/check-in", IDENTIFIERS, version=named.json()["version"])
        assert here.status_code == 201, here.text
        found: dict[str, Any] = here.json()
        return found

    def day(self, **change: Any) -> dict[str, Any]:
        """What somebody who may be dosed now answers."""
        now = self.now

        def ago(**passed: float) -> str:
            return (now - timedelta(**passed)).isoformat()

        return {
            "solids": {"at": ago(hours=9), "meal": "HEAVY"}, "clear_liquids_at": ago(hours=3), "intoxicated": False,
            "medications_reviewed": True, "allergies_reviewed": True, "pregnancy": {"possible": False},
            "weighed_on": local_date(now, self.zone).isoformat(), "assessed_at": ago(hours=1),
            "suicide_screen": {"at": ago(minutes=1), "concern": False}, "monitoring_ready": True,
            "pulse_oximeter": True, "prescriber_on_site": True,
        } | change  # fmt: skip

    async def observe(self, session: dict[str, Any], **vitals: Any) -> dict[str, Any]:
        """Record vitals now; returns the answer."""
        answer = await self.call(f"/v1/sessions/{session['session_id']}/observations", vitals)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def step(self, session: dict[str, Any], step: str, body: Any = None) -> dict[str, Any]:
        """One step of a session at its present version, which must succeed; returns the session after it."""
        path = f"/v1/sessions/{session['session_id']}"
        version = (await self.see(path)).json()["version"]
        answer = await self.call(f"{path}/{step}", body, version=version)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def carry_out(self, appointment: dict[str, Any]) -> dict[str, Any]:
        """A whole infusion, from the door to discharge."""
        session = await self.started(appointment)
        await self.wait(40)
        await self.step(session, "infusion-end", {"dose_mg": 35, "minutes": 40})
        await self.wait(60)
        await self.observe(session, **AWAY)
        return await self.step(session, "discharge", HOME)

    async def started(self, appointment: dict[str, Any]) -> dict[str, Any]:
        """A session whose dose runs."""
        session = await self.arrive(appointment)
        await self.observe(session, **FULL)
        return await self.step(session, "start")

    def at(self, day: date, at: time) -> datetime:
        return at_local(day, at, self.zone)


def codes(answer: httpx.Response) -> list[str]:
    """The codes of a problem document's errors."""
    return [error["code"] for error in answer.json()["errors"]]
