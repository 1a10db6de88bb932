"""A clinic with a great many patients, made by copying: one patient goes through intake's own commands, and every row
about it is written again under other ids, sealed as intake seals, with names, birth dates and numbers of their own."""

import json
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

import asyncpg

from services.intake import commands
from services.intake.domain.person import Person
from services.intake.models import Row
from services.intake.schemas.care import ConsentRequest
from services.intake.schemas.people import RegisterRequest
from services.intake.schemas.screening import AssessmentRequest, QuestionnaireRequest, ReadingsRequest
from shared.caller import ROLES, Caller
from shared.clinicfile import staging
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import unit_of_work
from shared.events.parts import Contact
from shared.ids import new_id
from shared.sealing import is_sealed, row_place
from shared.searchindex import SearchIndex
from shared.service import Service
from tests.integration.intake.conftest import BODY, HEALTHY, PERSON
from tests.support.people import family_name_of

TABLES = ("patient", "questionnaire", "assessment", "reading", "consent", "screening")
_GIVEN = ("Ash", "Briar", "Clove", "Dale", "Elm", "Fern", "Gale", "Hazel", "Iris", "Jade", "Kit", "Linden", "Merle")
_FAMILIES = 2_000
_BORN = date(1940, 1, 1)
_AT_A_TIME = 2_000
_ITEMS = """
INSERT INTO worklist_item (id, organisation_id, clinic_id, patient_id, kind, about, version, state, sequence, since,
                           urgent_from, facts)
SELECT gen_random_uuid(), s.organisation_id, s.clinic_id, s.patient_id, 'SCREENING_REVIEW', s.id, 1, 'OPEN', 1,
       s.screened_at, s.screened_at + n * interval '1 second', '{}'
FROM (SELECT *, row_number() OVER () AS n FROM screening WHERE clinic_id = $1 LIMIT $2) s
"""


@dataclass(frozen=True, slots=True)
class Practice:
    """`patients` were screened; `registered` are all there are, the screened ones first."""

    service: Service
    clinic: ClinicFile
    patients: Sequence[UUID]
    registered: Sequence[Person]


async def apply(service: Service, clinic: ClinicFile) -> None:
    """Put a clinic file into force, as a director would."""
    async with unit_of_work(service, _staff(clinic, "director", "admin")) as uow:
        staged = await staging.stage(uow, clinic.model_dump(mode="json"))
        await staging.approve(uow, staged.hash)
        await staging.activate(uow, staged.hash)


async def practice(service: Service, clinic: ClinicFile, *, screened: int, registered: int) -> Practice:
    """So many patients, of whom so many were screened, each with every row that screening looks at."""
    await apply(service, clinic)
    first = await _first(service, clinic)
    pool = await service.database.pool()
    rows = {table: await _opened(pool, service, table, first) for table in TABLES}
    chance, people, ids = random.Random(1), list[Person](), list[UUID]()
    families = [family_name_of(UUID(int=chance.getrandbits(128))) for _ in range(_FAMILIES)]
    for begin in range(0, registered, _AT_A_TIME):
        batch = [(new_id(), _somebody(n, chance, families)) for n in range(begin, min(begin + _AT_A_TIME, registered))]
        cared = {patient_id for n, (patient_id, _) in enumerate(batch, start=begin) if n < screened}
        await _copy(pool, service, clinic, rows, batch, cared)
        people += [person for _, person in batch]
        ids += [patient_id for patient_id, _ in batch if patient_id in cared]
    await pool.execute("ANALYZE")
    return Practice(service, clinic, ids, people)


async def items(made: Practice, count: int) -> None:
    """So many screenings wait on the worklist for a review."""
    pool = await made.service.database.pool()
    await pool.execute(_ITEMS, made.clinic.clinic_id, count)
    await pool.execute("ANALYZE worklist_item")


def phone_of(n: int) -> str:
    return f"+1208{2_000_000 + n:07d}"


def _staff(clinic: ClinicFile, *roles: str) -> Caller:
    return Caller("staff", "bench", clinic.organisation_id, frozenset((clinic.clinic_id, role) for role in roles))


async def _first(service: Service, clinic: ClinicFile) -> UUID:
    """One patient through the commands, screened last."""
    caller = _staff(clinic, *ROLES)
    person = RegisterRequest.model_validate(PERSON | {"clinic_id": str(clinic.clinic_id)})
    async with unit_of_work(service, caller) as uow:
        patient_id = (await commands.register_patient(uow, person)).id
    pressure = {"systolic": 128, "diastolic": 80}
    measured = {"taken_at": service.clock.now() - timedelta(minutes=1), "blood_pressure": pressure}
    consent = {"document": clinic.consents[0].code, "document_version": clinic.consents[0].version}
    async with unit_of_work(service, caller) as uow:
        await commands.sign_consent(uow, patient_id, ConsentRequest.model_validate(consent))
        score = {"instrument": "PHQ9", "answers": [2, 2, 1, 1, 1, 1, 1, 1, 0]}
        await commands.submit_assessment(uow, patient_id, AssessmentRequest.model_validate(score))
        await commands.record_readings(uow, patient_id, ReadingsRequest.model_validate(measured | BODY))
        answers = QuestionnaireRequest.model_validate({"answers": HEALTHY})
        await commands.submit_questionnaire(uow, patient_id, answers)
    return patient_id


async def _opened(pool: "asyncpg.Pool[Any]", service: Service, table: str, patient_id: UUID) -> list[dict[str, Any]]:
    """The rows about the first patient; sealed columns as the bytes that were sealed."""
    column = "id" if table == "patient" else "patient_id"
    found = await pool.fetch(f"SELECT * FROM {table} WHERE {column} = $1", patient_id)
    return [
        {
            name: service.keyring.open(row_place(table, name, row["id"]), value) if is_sealed(value) else value
            for name, value in row.items()
        }
        for row in found
    ]


def _somebody(n: int, chance: random.Random, families: Sequence[str]) -> Person:
    return Person(
        given_name=chance.choice(_GIVEN), family_name=chance.choice(families),
        birth_date=_BORN + timedelta(days=chance.randrange(24_000)), sex_at_birth="female",
        record_number=f"{n + 2:06d}",
    )  # fmt: skip


async def _copy(
    pool: "asyncpg.Pool[Any]", service: Service, clinic: ClinicFile, rows: Mapping[str, list[dict[str, Any]]],
    batch: Sequence[tuple[UUID, Person]], cared: set[UUID],
) -> None:  # fmt: skip
    search = SearchIndex(service.settings.index_key.get_secret_value(), clinic.organisation_id)
    tokens: list[tuple[UUID, str, UUID]] = []
    written: dict[str, list[dict[str, Any]]] = {table: [] for table in TABLES}
    for patient_id, person in batch:
        contact = Contact(given_name=person.given_name, phone=phone_of(int(person.record_number)), zone=clinic.zone)
        own = {"identity": person.model_dump_json().encode(), "contact": contact.model_dump_json().encode()}
        written["patient"].append(_sealed(service, "patient", rows["patient"][0] | own | {"id": patient_id}))
        found = search.tokens_for(person.identity(), contact)
        tokens += [(clinic.organisation_id, token, patient_id) for token in found]
        for table in TABLES[1:] if patient_id in cared else ():
            again = ({**row, "id": new_id(), "patient_id": patient_id} for row in rows[table])
            written[table] += [_sealed(service, table, row) for row in again]
    async with pool.acquire() as connection:
        for table, made in written.items():
            await _write(connection, table, made)
        columns = ("organisation_id", "token", "patient_id")
        await connection.copy_records_to_table("patient_index", records=tokens, columns=columns)


def _sealed(service: Service, table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    def kept(name: str, value: Any) -> Any:
        return service.keyring.seal("rest", row_place(table, name, row["id"]), value) if type(value) is bytes else value

    return {name: kept(name, value) for name, value in row.items()}


async def _write(connection: Any, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    if rows:
        columns = [column.name for column in Row.metadata.tables[table].columns]
        records: Iterator[list[Any]] = ([_plain(row[name]) for name in columns] for row in rows)
        await connection.copy_records_to_table(table, records=records, columns=columns)


def _plain(value: Any) -> Any:
    return json.dumps(value) if isinstance(value, dict) else value
