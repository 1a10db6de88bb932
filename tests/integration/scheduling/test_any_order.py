"""Facts of intake and billing may come in any order; what scheduling knows in the end is the same."""

import random
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from shared.events import Event
from shared.events.billing import AuthorisationUpdated, EstimateIssued, PaymentPolicyMet
from shared.events.intake import (
    ConsentRevoked,
    OrderRevoked,
    PatientChanged,
    SafetyConcernRaised,
    SafetyConcernResolved,
)
from shared.events.parts import (
    AuthorisationDetail,
    ConcernDetail,
    EstimateDetail,
    EstimatePart,
    Identity,
    ScoreDetail,
    ScreeningSummary,
)
from shared.events.paying import PaymentPolicyDetail, SessionPayment
from shared.events.prescribing import OrderContent, ReviewSummary
from shared.ids import new_id
from shared.money import Money
from shared.sealing import Sealed
from tests.integration.scheduling.scene import Scene

pytestmark = pytest.mark.asyncio(loop_scope="package")
SAID = datetime(2026, 11, 25, 12, tzinfo=UTC)
SEALED: dict[tuple[str, str], Any] = {
    ("patient", "identity"): Identity,
    ("screening", "summary"): ScreeningSummary,
    ("screening", "review"): ReviewSummary,
    ("dose_order", "content"): OrderContent,
    ("authorisation", "detail"): AuthorisationDetail,
    ("outcome", "score"): ScoreDetail,
    ("course_payment", "detail"): PaymentPolicyDetail,
}


def story(scene: Scene, patient: UUID, ids: list[UUID]) -> list[Event]:
    """A patient who changed a name, was screened twice, whose authorisation was partly used, and whose consent and
    order were revoked."""
    early, late, consent, order, concern, grant, course = ids
    detail = Sealed.of(ConcernDetail(risk="HIGH", source="STAFF"))
    now = scene.now
    return [
        scene.registered(patient), renamed(scene, patient), *(authorised(scene, patient, grant, v) for v in (1, 2)),
        *(estimated(patient, course, v) for v in (1, 3)),
        *(paid(patient, course, v, met=v == 3) for v in (1, 2, 3)),
        scene.screened(patient, early), scene.reviewed(patient, early, version=2),
        scene.screened(patient, late, version=3), scene.reviewed(patient, late, version=4),
        scene.consented(patient, consent), scene.ordered(patient, order), scene.scored(patient, 14),
        scene.scored(patient, 9, "GAD7"),
        ConsentRevoked(consent_id=consent, patient_id=patient, version=2, document="IV_TREATMENT", revoked_at=now),
        OrderRevoked(order_id=order, patient_id=patient, version=2, revoked_at=now),
        SafetyConcernRaised(
            concern_id=concern, patient_id=patient, version=1, raised_at=now, acknowledge_by=now, detail=detail
        ),
        SafetyConcernResolved(concern_id=concern, patient_id=patient, version=2, resolved_at=now, detail=detail),
    ]  # fmt: skip


def renamed(scene: Scene, patient: UUID) -> PatientChanged:
    told = scene.registered(patient, version=2, name="Robin Vale")
    return PatientChanged(
        patient_id=patient, version=2, changed_at=scene.now, identity=told.identity, contact=told.contact
    )


def authorised(scene: Scene, patient: UUID, grant: UUID, version: int) -> AuthorisationUpdated:
    today = scene.now.date()
    detail = AuthorisationDetail(
        payer="Payer", state="APPROVED", units_granted=644, units_used=56 * version, valid_from=today, valid_to=today
    )
    return AuthorisationUpdated(
        authorisation_id=grant, patient_id=patient, version=version, updated_at=scene.now,
        authorisation=Sealed.of(detail),
    )  # fmt: skip


def estimated(patient: UUID, course: UUID, version: int) -> EstimateIssued:
    """The estimate of a version of a course of that many sessions."""
    parts = tuple(EstimatePart(number=number, amount=Money(amount_cents=1)) for number in range(1, version + 1))
    return EstimateIssued(
        estimate_id=new_id(), patient_id=patient, course_id=course, version=version, issued_at=SAID,
        estimate=Sealed.of(EstimateDetail(lines=(), total=Money(amount_cents=version), parts=parts)),
    )  # fmt: skip


def paid(patient: UUID, course: UUID, version: int, *, met: bool) -> PaymentPolicyMet:
    missing = () if met else ("PREPAYMENT",)
    one = SessionPayment(appointment_id=UUID(int=1), number=1, met=met, since=SAID, missing=missing)
    return PaymentPolicyMet(
        policy_id=new_id(), patient_id=patient, course_id=course, version=version, met=met, since=SAID, changed_at=SAID,
        detail=Sealed.of(PaymentPolicyDetail(sessions=(one,))),
    )  # fmt: skip


async def tell(scene: Scene, patient: UUID, facts: list[Event]) -> None:
    for fact in facts:
        await scene.house.publish(type(fact).service, fact, key=patient)
    await scene.house.settle()


async def known(scene: Scene, patient: UUID) -> dict[str, list[dict[str, Any]]]:
    """Every row about the patient, opened, without ids and moments that differ from telling to telling."""
    tables = {"patient": "id", "screening": "patient_id", "consent": "patient_id", "dose_order": "patient_id",
              "safety_concern": "patient_id", "authorisation": "patient_id", "outcome": "patient_id",
              "course_estimate": "patient_id", "course_payment": "patient_id"}  # fmt: skip
    return {
        table: [_plain(scene, table, dict(row)) for row in await scene.house.rows(
            "scheduling", f"SELECT * FROM {table} WHERE {column} = $1 ORDER BY version", patient
        )]
        for table, column in tables.items()
    }  # fmt: skip


def _plain(scene: Scene, table: str, row: dict[str, Any]) -> dict[str, Any]:
    reader = scene.house.services["scheduling"].keyring
    for (owner, column), model in SEALED.items():
        if owner == table and row[column] is not None:
            place = f"row:{table}:{column}:{row['id']}"
            row[column] = model.model_validate_json(reader.open(place, row[column]))
    return {
        k: (v if not k.endswith(("_at", "_until")) else v is not None)
        for k, v in row.items()
        if "id" not in k.split("_")
    }


async def test_any_order_of_facts_ends_in_the_same_rows(scene: Scene) -> None:
    chance = random.Random(20261125)
    endings = []
    for _ in range(8):
        patient = new_id()
        facts = story(scene, patient, [new_id() for _ in range(7)])
        chance.shuffle(facts)
        await tell(scene, patient, facts)
        endings.append(await known(scene, patient))
    assert endings == [endings[0]] * 8
    [card], [order], [grant] = (endings[0][table] for table in ("patient", "dose_order", "authorisation"))
    assert (grant["version"], grant["detail"].units_used) == (2, 112)
    assert (card["version"], card["identity"].legal_name) == (2, "Robin Vale")
    assert (order["state"], order["content"].protocol, order["expires_at"]) == ("REVOKED", "IV_MOOD_6", True)
    assert [row["review_version"] for row in endings[0]["screening"]] == [2, 4]
    [estimate], [payment] = endings[0]["course_estimate"], endings[0]["course_payment"]
    assert (estimate["version"], estimate["numbers"]) == (3, [1, 2, 3])
    assert (payment["version"], [one.met for one in payment["detail"].sessions]) == (3, [True])
