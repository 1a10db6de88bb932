"""What tests of the nasal spray do again and again: who may have it, its course, its devices, going home."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from shared.calendar import local_date
from shared.events.billing import AuthorisationUpdated
from shared.events.intake import OrderSigned
from shared.events.parts import AuthorisationDetail, Modality
from shared.events.prescribing import OrderContent
from shared.ids import new_id
from shared.sealing import Sealed
from tests.integration.scheduling.scene import Scene

SPRAY = Modality.SPRAVATO_TRD
BEFORE = {"systolic": 122, "diastolic": 80, "spo2": 98, "respiratory_rate": 14, "moaas": 5, "cadss": 0}
AFTER = {"systolic": 124, "diastolic": 80, "spo2": 97, "respiratory_rate": 14, "moaas": 5, "cadss": 3}
HOME = {
    "escort_present": True, "instructions_given": True, "new_suicide_concern": False, "pressure_acceptable": True,
}  # fmt: skip


def ordered(scene: Scene, patient: UUID, dose_mg: int, protocol: str = "SPR_TRD_IND") -> OrderSigned:
    content = OrderContent(
        modality=SPRAY, protocol=protocol, mg_per_kg=Decimal(0), dose_weight_kg=Decimal(70), dose_mg=dose_mg,
        minutes=120, draw_ml=Decimal(0), rate_ml_per_hour=Decimal(0), stock_mg_per_ml=Decimal(0), arithmetic=(),
    )  # fmt: skip
    return OrderSigned(
        order_id=new_id(), patient_id=patient, version=1, signed_at=scene.now,
        expires_at=scene.now + timedelta(days=60), order=Sealed.of(content),
    )  # fmt: skip


async def cleared(scene: Scene, dose_mg: int = 56) -> UUID:
    """A patient whom intake has cleared for the spray; neither enrolled nor authorised."""
    patient, screening = await scene.patient(cleared=False, settle=False), new_id()
    await scene.say(
        patient, scene.screened(patient, screening, modality=SPRAY),
        scene.reviewed(patient, screening, version=2, modality=SPRAY),
        scene.consented(patient, document="SPRAVATO_TREATMENT"), ordered(scene, patient, dose_mg),
    )  # fmt: skip
    await scene.house.settle()
    return patient


async def enrol(scene: Scene, patient: UUID, state: str = "ENROLLED") -> None:
    body = {"clinic_id": str(scene.house.clinic.clinic_id), "state": state}
    answer = await scene.call(f"/v1/patients/{patient}/enrolments", body)
    assert answer.status_code == 200, answer.text


async def authorise(scene: Scene, patient: UUID, *, used: int = 0, version: int = 1, of: UUID | None = None) -> UUID:
    today, one = local_date(scene.now, scene.zone), of or new_id()
    detail = AuthorisationDetail(
        payer="Payer", state="APPROVED", units_granted=644, units_used=used, valid_from=today,
        valid_to=today + timedelta(days=90),
    )  # fmt: skip
    told = AuthorisationUpdated(
        authorisation_id=one, patient_id=patient, version=version, updated_at=scene.now, authorisation=Sealed.of(detail)
    )
    await scene.house.publish("billing", told, key=patient)
    await scene.house.settle()
    return one


async def ready(scene: Scene, dose_mg: int = 56) -> UUID:
    patient = await cleared(scene, dose_mg)
    await enrol(scene, patient)
    await authorise(scene, patient)
    return patient


async def book(scene: Scene, patient: UUID, **change: Any) -> list[dict[str, Any]]:
    wish = {"protocol": "SPR_TRD_IND", "pattern": ["tue", "fri"], "time": "10:00"} | change
    found: list[dict[str, Any]] = (await scene.book(patient, **wish))["sessions"]
    return found


async def device(scene: Scene, session: dict[str, Any], lot: str = "LOT-1") -> Any:
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    return await scene.call(f"{path}/devices", {"lot": lot}, version=version)


async def leave(scene: Scene, session: dict[str, Any], **change: Any) -> Any:
    path = f"/v1/sessions/{session['session_id']}"
    version = (await scene.see(path)).json()["version"]
    return await scene.call(f"{path}/discharge", HOME | change, version=version)
