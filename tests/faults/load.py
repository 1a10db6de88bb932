"""A load of unique facts that can be traced: each act has an id of its own, which is its correlation everywhere.

A client goes through one patient after the other, one act at a time; the same act is sent again, to any API of the
service, until its outcome is known. What is never answered stays unknown.
"""

import asyncio
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count
from typing import Any
from uuid import UUID

import httpx

from shared.clock import monotonic
from shared.ids import new_id
from tests.faults.history import Attempt, Outcome
from tests.faults.world import ROLES, World
from tests.support.people import stranger

GIVE_UP_SECONDS = 120.0
CLIENTS = 6
_PAUSE, _CALM = 0.15, 0.3
ANSWER_SECONDS = 4.0
_TODAY = date.today()
_FIRST_MONDAY = _TODAY + timedelta(days=14 - _TODAY.weekday())
_VISITS_A_DAY, _WORKING_DAYS = 6, 5
_visits = count()  # of all loads: no two ask for the same hour of the desk


@dataclass
class Load:
    """What happens to `patients` new patients, `events` acts each, in an order that the seed gives.

    While it is `endless`, more patients come after them, at a slower pace.
    """

    world: World
    seed: int
    patients: int
    events: int
    keys: list[UUID] = field(default_factory=list)
    outcomes: dict[UUID, Outcome] = field(default_factory=dict)
    endless: bool = False
    _token: str = ""

    @property
    def attempts(self) -> tuple[Attempt, ...]:
        return tuple(Attempt(act, outcome) for act, outcome in self.outcomes.items())

    async def run(self) -> None:
        """Drive it to its end."""
        self._token = self.world.tokens.staff(*ROLES)
        numbers = count()
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS) as http, asyncio.TaskGroup() as clients:
            for _ in range(CLIENTS):
                clients.create_task(self._client(http, numbers))

    async def _client(self, http: httpx.AsyncClient, numbers: Iterator[int]) -> None:
        for number in numbers:
            if number >= self.patients and not self.endless:
                return
            await _Patient(self, http, random.Random(f"{self.seed}/{number}"), calm=number >= self.patients).live()

    async def act(
        self, http: httpx.AsyncClient, chance: random.Random, service: str, path: str, body: Mapping[str, Any],
        headers: Mapping[str, str],
    ) -> httpx.Response | None:  # fmt: skip
        """One act until its outcome is known; None when nobody answered for long."""
        act, deadline = new_id(), monotonic() + GIVE_UP_SECONDS
        self.outcomes[act] = "unknown"
        headers = {
            "Authorization": f"Bearer {self._token}", "Idempotency-Key": str(act), "X-Correlation-Id": str(act),
            **headers,
        }  # fmt: skip
        while monotonic() < deadline:
            api = chance.choice(self.world.fleet.of(service, "api"))
            answer = await _once(http, f"{api.url}{path}", body, headers)
            if answer is not None and answer.status_code < 500 and not _later(answer):
                self.outcomes[act] = "acknowledged" if answer.is_success else "refused"
                return answer
            await asyncio.sleep(chance.uniform(_PAUSE, 2 * _PAUSE))
        return None

    def registration(self, patient: UUID) -> dict[str, Any]:
        """The body of a patient's registration."""
        asked = {"patient_id": str(patient), "clinic_id": str(self.world.clinic.clinic_id), "sex_at_birth": "female"}
        return stranger(patient) | asked


class _Patient:
    """One patient's acts, one after the other."""

    def __init__(self, load: Load, http: httpx.AsyncClient, chance: random.Random, *, calm: bool) -> None:
        self._load, self._http, self._chance, self._calm = load, http, chance, calm
        self._id = new_id()
        self._signed: list[str] = []
        self._known_after = ""

    async def live(self) -> None:
        self._load.keys.append(self._id)
        if not await self._act("intake", "/v1/patients", self._load.registration(self._id)):
            return
        for number in range(self._load.events - 1):
            if number == 1:
                # Refused: the patient exists.
                await self._act("intake", "/v1/patients", self._load.registration(self._id))
            await self._next()
            await asyncio.sleep(_CALM if self._calm else 0)

    async def _next(self) -> None:
        mine = f"/v1/patients/{self._id}"
        match self._chance.choices(("contact", "sign", "revoke", "visit", "package"), (4, 3, 1, 1, 1))[0]:
            case "sign":
                consent = str(new_id())
                body = {"consent_id": consent, "document": "IV_TREATMENT", "document_version": "2026-10"}
                if await self._act("intake", f"{mine}/consents", body):
                    self._signed.append(consent)
            case "revoke" if self._signed:
                await self._act("intake", f"/v1/consents/{self._signed[-1]}/revoke", {}, {"If-Match": '"1"'})
                self._signed.clear()  # one revocation ends all that was signed before it
            case "visit":
                await self._act("scheduling", "/v1/appointments", self._visit(), self._after())
            case "package":
                body = {"clinic_id": str(self._load.world.clinic.clinic_id), "package": "one", "method": "CARD"}
                await self._act("billing", f"{mine}/packages", body, self._after())
            case _:
                act = {"channel": "SMS", "purpose": "MARKETING", "granted": False, "wording_version": "load"}
                await self._act("intake", f"{mine}/contact-consents", {"consents": [act]})

    async def _act(
        self, service: str, path: str, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
    ) -> bool:
        """Whether it was acknowledged."""
        answer = await self._load.act(self._http, self._chance, service, path, body, headers or {})
        if answer is None or not answer.is_success:
            return False
        if service == "intake":
            self._known_after = answer.headers.get("Stillwater-Event", self._known_after)
        return True

    def _after(self) -> dict[str, str]:
        return {"Stillwater-After": self._known_after}

    def _visit(self) -> dict[str, Any]:
        clinic, number = self._load.world.clinic, next(_visits)
        week, weekday = divmod(number // _VISITS_A_DAY, _WORKING_DAYS)
        day = _FIRST_MONDAY + timedelta(weeks=week, days=weekday)
        return {
            "patient_id": str(self._id), "clinic_id": str(clinic.clinic_id), "location": clinic.locations[0].id,
            "kind": "consultation", "day": str(day), "time": f"{9 + number % _VISITS_A_DAY:02}:00",
        }  # fmt: skip


def _later(answer: httpx.Response) -> bool:
    """Refused for now: not known yet, in use, too many at once."""
    return answer.status_code == 429 or (answer.status_code >= 400 and bool(answer.json().get("retryable")))


async def _once(
    http: httpx.AsyncClient, url: str, body: Mapping[str, Any], headers: Mapping[str, str]
) -> httpx.Response | None:
    try:
        return await http.post(url, json=body, headers=headers)
    except httpx.TransportError:
        return None
