"""Intake in a house of its own, and people who use it over HTTP."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from uuid import UUID

import httpx
import pytest_asyncio

from services.intake.app import DEFINITION
from shared.events import Event, parse
from shared.ids import new_id
from shared.runtime.parts.broker import EmbeddedBroker
from tests.support.house import House, running
from tests.support.postgres import Postgres

NOTHING_AGAINST = (
    "allergy_ketamine", "aneurysmal_disease", "arteriovenous_malformation", "intracerebral_haemorrhage", "pregnant",
    "schizophrenia", "psychosis_current", "psychosis_history", "uncontrolled_hypertension_reported",
    "acute_symptoms_now", "immediate_danger",
    "breastfeeding", "mania_current", "bipolar_disorder", "mdq_positive", "dementia_or_delirium", "capacity_in_doubt",
    "hypertension_diagnosed", "cardiac_event", "cardiovascular_disease", "hypertensive_encephalopathy",
    "severe_cardiovascular_disease", "rhythm_therapy", "raised_intracranial_pressure", "raised_eye_pressure",
    "open_globe", "uncontrolled_seizures", "hepatitis", "heavy_alcohol", "untreated_hyperthyroidism", "bladder_trouble",
    "severe_breathing_disorder", "substance_misuse_active", "ketamine_misuse", "intoxicated_now", "takes_maoi",
    "takes_stimulant", "takes_cns_depressant", "alcohol_today", "takes_benzodiazepine", "takes_lamotrigine",
    "takes_theophylline",
)  # fmt: skip
HEALTHY: dict[str, Any] = {
    **dict.fromkeys(NOTHING_AGAINST, "no"),
    "primary_indication": "MDD_TRD",
    "failed_antidepressants": 2,
    "late_menses": "no",
    "pregnancy_possible": "no",
    "child_pugh": "NONE",
    "audit_c_points": 0,
    "addiction_plan": "no",
    "escort_available": "yes",
    "under_clinician_care": "yes",
}
PERSON: dict[str, Any] = {
    "legal_given_name": "Juniper",
    "legal_family_name": "Ashdown",
    "preferred_name": "June",
    "birth_date": "1986-03-14",
    "sex_at_birth": "female",
    "address": {"line": "12 Camas Street", "city": "Boise", "state": "ID", "postal_code": "83702"},
    "phone": "208-555-0117",
    "email": "june@example.org",
    "allergies": ["penicillin"],
    "consents": [{"channel": "SMS", "purpose": "CARE", "granted": True, "wording_version": "sms-care-1"}],
}
BODY = {"weight_kg": "70", "height_cm": "165", "heart_rate": 68, "asa_class": 2}
ORDER = {"modality": "IV_MOOD", "protocol": "IV_MOOD_6", "mg_per_kg": "0.5", "minutes": 40}


@dataclass
class Intake:
    """Intake over HTTP. Every act gets a fresh Idempotency-Key unless one is given."""

    house: House
    _clients: dict[str, httpx.AsyncClient] = field(default_factory=dict)

    def token(self, who: str | UUID) -> str:
        return self.house.tokens.patient(who) if isinstance(who, UUID) else self.house.tokens.staff(who)

    async def post(
        self, path: str, body: Any = None, *, by: str | UUID | None, token: str | None = None, **headers: str
    ) -> httpx.Response:
        token = token or (self.token(by) if by else None)
        given = {"Idempotency-Key": str(new_id())} | {name.replace("_", "-"): value for name, value in headers.items()}
        return await self._client(token).post(path, json=body, headers=given)

    async def patch(self, path: str, body: Any, *, by: str | UUID, token: str | None = None) -> httpx.Response:
        client = self._client(token or self.token(by))
        return await client.patch(path, json=body, headers={"Idempotency-Key": str(new_id())})

    async def get(self, path: str, *, by: str | UUID, **headers: str) -> httpx.Response:
        return await self._client(self.token(by)).get(
            path, headers={n.replace("_", "-"): v for n, v in headers.items()}
        )

    def _client(self, token: str | None) -> httpx.AsyncClient:
        return self._clients.setdefault(token or "", self.house.client("intake", token))

    async def registered(self, **changes: Any) -> UUID:
        answer = await self.post("/v1/patients", self.person(**changes), by="frontdesk")
        assert answer.status_code == 201, answer.text
        return UUID(answer.json()["id"])

    def person(self, **changes: Any) -> dict[str, Any]:
        return PERSON | {"clinic_id": str(self.house.clinic.clinic_id)} | changes

    async def answers(self, patient: UUID, *, by: str | UUID | None = None, **changes: Any) -> dict[str, Any]:
        body = {"answers": HEALTHY | changes}
        answer = await self.post(f"/v1/patients/{patient}/questionnaires", body, by=by or patient)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def consents(self, patient: UUID) -> dict[str, Any]:
        body = {"document": "IV_TREATMENT", "document_version": "2026-10"}
        answer = await self.post(f"/v1/patients/{patient}/consents", body, by=patient)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def phq9(self, patient: UUID, *items: int | None) -> dict[str, Any]:
        body = {"instrument": "PHQ9", "answers": list(items)}
        answer = await self.post(f"/v1/patients/{patient}/assessments", body, by=patient)
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def readings(self, patient: UUID, *, ago: timedelta = timedelta(minutes=1), **values: Any) -> dict[str, Any]:
        body = {"taken_at": (self.house.clock.now() - ago).isoformat()} | values
        answer = await self.post(f"/v1/patients/{patient}/readings", body, by="nurse")
        assert answer.status_code == 201, answer.text
        return dict(answer.json())

    async def screened(self, person: dict[str, Any] | None = None, **changes: Any) -> tuple[UUID, dict[str, Any]]:
        """A patient (PHQ-9, 128/80, 70 kg, 165 cm, questionnaire changed as told) and the screening of it."""
        patient = await self.registered(**person or {})
        await self.consents(patient)
        await self.phq9(patient, 2, 2, 1, 1, 1, 1, 1, 1, 0)
        await self.readings(patient, blood_pressure={"systolic": 128, "diastolic": 80}, **BODY)
        return patient, (await self.answers(patient, **changes))["screening"]

    async def cleared(self, **person: Any) -> UUID:
        """A patient whose screening a clinician has cleared for IV_MOOD."""
        patient, screening = await self.screened(person)
        body = {"cleared": ["IV_MOOD"]}
        answer = await self.post(f"/v1/screenings/{screening['id']}/review", body, by="clinician")
        assert answer.status_code == 201, answer.text
        return patient

    async def ordered(self, patient: UUID, **changes: Any) -> httpx.Response:
        return await self.post(f"/v1/patients/{patient}/orders", ORDER | changes, by="clinician")

    async def said(self, patient: UUID, *types: type[Event]) -> list[Any]:
        """Events about a patient, in order; only those of `types` when given."""
        found = [parse(e) for e in await self.house.envelopes("intake") if e.key == patient]
        return [event for event in found if not types or isinstance(event, types)]

    async def told(self, patient: UUID, event: type[Event], field_name: str) -> list[Any]:
        """The opened field of every event of a type about a patient, in order."""
        found = [e for e in await self.house.envelopes("intake") if (e.key, e.type) == (patient, event.type)]
        return [self.house.opened("intake", envelope, field_name) for envelope in found]


@pytest_asyncio.fixture(scope="package", loop_scope="session")
async def intake(postgres: Postgres) -> AsyncIterator[Intake]:
    """One intake for all tests here: each makes patients of its own and leaves the clock alone."""
    cluster = EmbeddedBroker()
    cluster.start()
    async with running([DEFINITION], postgres, cluster.bootstrap) as house:
        yield Intake(house)
    cluster.stop()


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def movable_intake(postgres: Postgres) -> AsyncIterator[Intake]:
    cluster = EmbeddedBroker()
    cluster.start()
    async with running([DEFINITION], postgres, cluster.bootstrap) as house:
        yield Intake(house)
    cluster.stop()


@pytest_asyncio.fixture(loop_scope="session")
async def lone_intake(movable_intake: Intake) -> Intake:
    """An intake of the test's own, whose clock it may move: nobody was there before."""
    await movable_intake.house.begin_anew()
    await rescreened(movable_intake)
    return movable_intake


def outcome(screening: dict[str, Any], modality: str = "IV_MOOD") -> str:
    return next(str(m["outcome"]) for m in screening["modalities"] if m["modality"] == modality)


def findings(screening: dict[str, Any], modality: str = "IV_MOOD") -> dict[str, str]:
    """Rule id -> FIRED or INCOMPLETE."""
    found = next(m["findings"] for m in screening["modalities"] if m["modality"] == modality)
    return {finding["rule_id"]: finding["reason_code"] for finding in found}


def codes(answer: httpx.Response) -> set[str]:
    return {error["code"] for error in answer.json()["errors"]}


async def rescreened(intake: Intake, *, finished: bool = True, since: str = "", **counts: int) -> dict[str, Any]:
    """What operators see of the run once it is finished or so far, of a file with another hash than `since`."""
    for _ in range(300):
        answer = await intake.get(f"/v1/clinics/{intake.house.clinic.clinic_id}/rescreening", by="director")
        seen = answer.json() if answer.status_code == 200 else {"hash": since}
        if seen["hash"] != since and bool(seen["finished_at"]) is finished and counts.items() <= seen.items():
            return dict(seen)
        await asyncio.sleep(0.1)
    raise AssertionError(f"the run did not come to {counts}: {answer.text}")
