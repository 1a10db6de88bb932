"""What the drug ledger answers, shown in the OpenAPI document: a vial of 500 mg and the first dose drawn from it."""

from datetime import date, datetime

from services.scheduling.domain.counting import Business, DiscrepancyState, Purpose
from services.scheduling.domain.ledger import Kind
from services.scheduling.domain.stock import Form, VialState
from services.scheduling.schemas.counts import (
    CountedLine,
    CountSheetView,
    DiscrepancyView,
    PagedDiscrepancyView,
    SheetLine,
    StockCountView,
    SubstanceTotal,
)
from services.scheduling.schemas.drugrecords import (
    DeliveryView,
    DifferenceView,
    DispensedView,
    LotRecordsView,
    ReconciliationView,
)
from services.scheduling.schemas.stockanswers import (
    DrawView,
    LotView,
    MovementView,
    RegistrationView,
    StaffPinView,
    VialLedgerView,
    VialView,
)
from services.scheduling.schemas.transfers import TransferLineView, TransferView
from shared.http import instant
from shared.http.examples import CLINIC, PATIENT, SESSION, some_id
from shared.oncall.view import PageView

_NURSE, _OTHER = "nurse-1", "nurse-2"
_LOT, _VIAL, _DRAW, _REGISTRATION = (some_id(what) for what in ("lot", "vial", "draw", "registration"))


def _utc(moment: str) -> datetime:
    return datetime.fromisoformat(moment + "Z")


_RECEIVED, _DRAWN = _utc("2026-11-27T17:20:00"), _utc("2026-11-30T16:02:00")


def _movement(kind: Kind, at: datetime, **amounts: str) -> MovementView:
    mg = dict.fromkeys(("vial_mg", "drawn_mg", "administered_mg", "wasted_mg"), "0") | amounts
    of_draw = kind is not Kind.RECEIVE
    return MovementView(
        movement_id=some_id(f"movement {kind}"), kind=kind, vial_id=_VIAL, draw_id=_DRAW if of_draw else None,
        session_id=SESSION if of_draw else None, occurred_at=at, recorded_at=at, recorded_by=_NURSE,
        witness=_OTHER if kind in (Kind.RECEIVE, Kind.WASTE) else None, second_witness=None,
        document="INV-88120" if kind is Kind.RECEIVE else None,
        counterparty="Cascade Medical Supply" if kind is Kind.RECEIVE else None,
        reason="DRUG_BUSTER" if kind is Kind.WASTE else None, reverses_id=None, **mg,
    )  # fmt: skip


_WASTED = _movement(Kind.WASTE, _utc("2026-11-30T16:55:00"), wasted_mg="5")
_MOVEMENTS = [
    _movement(Kind.DRAW, _DRAWN, vial_mg="-40", drawn_mg="40"),
    _movement(Kind.ADMINISTER, _utc("2026-11-30T16:50:00"), administered_mg="35"),
    _WASTED,
]
_SEEN = VialView(
    vial_id=_VIAL, number=1, registration_id=_REGISTRATION, state=VialState.OPEN, balance_mg="460",
    received_at=_RECEIVED, opened_at=_DRAWN, open_until=_utc("2026-12-28T16:02:00"),
)  # fmt: skip
_LOT_SEEN = LotView(
    lot_id=_LOT, version=1, substance="ketamine", schedule="III", lot="KT2409A", form=Form.VIAL, mg_per_ml="50",
    container_mg="500", multi_dose=True, expires_on=date(2028, 2, 29), usable=True, recalled_at=None,
    recall_reference=None, vials=[_SEEN],
)  # fmt: skip
_COUNTED = CountedLine(
    vial_id=_VIAL, substance="ketamine", schedule="III", form=Form.VIAL, lot="KT2409A", number=1, container_mg="500",
    expired=False, counted_mg="390", expected_mg="398", difference_mg="-8",
)  # fmt: skip
_DISCREPANCY = some_id("discrepancy")
_DIFFERS = DiscrepancyView(
    discrepancy_id=_DISCREPANCY, registration_id=_REGISTRATION, vial_id=_VIAL, count_id=some_id("count"), version=1,
    state=DiscrepancyState.OPEN, expected_mg="398", counted_mg="390", difference_mg="-8",
    discovered_at=_utc("2026-12-01T00:10:00"), discovered_by=_NURSE, due_at=_utc("2026-12-01T07:00:00"),
    reason=None, movement_id=None, settled_at=None, settled_by=None, witness=None, notice_due_at=None,
    notice_at=None, form_due_at=None, form_at=None, overdue=[],
)  # fmt: skip
STOCK_EXAMPLES = (
    StaffPinView(subject=_OTHER, set_at=_utc("2026-11-20T16:00:00"), clinics=[CLINIC]),
    RegistrationView(
        registration_id=_REGISTRATION, clinic_id=CLINIC, version=1, location="main", number="FK1234563",
        holder="Larkspur Clinic", address="418 Sagebrush Court, Boise, ID 83702", expires_on=date(2028, 8, 31),
    ),
    _LOT_SEEN,
    VialLedgerView(
        **_SEEN.model_dump(), lot_id=_LOT, movements=[_movement(Kind.RECEIVE, _RECEIVED, vial_mg="500"), *_MOVEMENTS]
    ),
    DrawView(
        draw_id=_DRAW, vial_id=_VIAL, session_id=SESSION, drawn_at=_DRAWN, drawn_by=_NURSE,
        order_id=some_id("order"), drawn_mg="40", administered_mg="35", wasted_mg="5", unsettled_mg="0",
        movements=_MOVEMENTS,
    ),
    _WASTED,
    TransferView(
        transfer_id=some_id("transfer"), version=1, from_registration_id=_REGISTRATION,
        to_registration_id=some_id("other registration"), document="TR-0007", sent_at=_RECEIVED, sent_by=_NURSE,
        lines=[TransferLineView(vial_id=some_id("vial 2"), mg="500", arrived_at=None, arrived_under=None)], under_way=1,
    ),
    LotRecordsView(
        lot=_LOT_SEEN,
        deliveries=[
            DeliveryView(
                delivery_id=some_id("delivery"), registration_id=_REGISTRATION, supplier="Cascade Medical Supply",
                document="INV-88120", containers=10, received_at=_RECEIVED,
            )
        ],
        movements=_MOVEMENTS,
        dispensed=[
            DispensedView(
                draw_id=_DRAW, session_id=SESSION, patient_id=PATIENT, patient_name="Rowan Hale",
                patient_address="12 Juniper Lane, Boise, ID 83702", drawn_at=_DRAWN, drawn_by=_NURSE,
                administered_mg="35", wasted_mg="5", unsettled_mg="0",
            )
        ],
        counts=[], discrepancies=[],
    ),
    ReconciliationView(
        registration_id=_REGISTRATION, day=date(2026, 11, 30), as_of=_utc("2026-12-01T00:30:00"), balanced=False,
        differences=[DifferenceView(code="DISCREPANCY_OPEN", about={"discrepancy_id": str(_DISCREPANCY)})],
    ),
    CountSheetView(
        registration_id=_REGISTRATION,
        lines=[
            SheetLine(
                vial_id=_VIAL, substance="ketamine", lot="KT2409A", number=1, form=Form.VIAL, container_mg="500",
                expires_on=date(2028, 2, 29), state=VialState.OPEN,
            )
        ],
    ),
    StockCountView(
        count_id=some_id("count"), registration_id=_REGISTRATION, number="FK1234563", holder="Larkspur Clinic",
        address="418 Sagebrush Court, Boise, ID 83702", location="main", purpose=Purpose.INVENTORY,
        business=Business.CLOSE, counted_at=_utc("2026-12-01T00:10:00"), recorded_at=_utc("2026-12-01T00:12:00"),
        signers=[_NURSE, _OTHER], lines=[_COUNTED],
        totals=[SubstanceTotal(substance="ketamine", schedule="III", containers=1, mg="390")],
        next_inventory_on=date(2028, 11, 30), discrepancies=[_DISCREPANCY],
    ),
    _DIFFERS,
    PagedDiscrepancyView(
        **_DIFFERS.model_dump(),
        pages=[
            PageView(
                at=instant(_utc("2026-11-30T23:00:00"), "America/Boise"), to="Duty line", role="Clinician on call",
                channel="EMAIL", escalation=2, attempt=1, outcome="TAKEN",
            )
        ],
    ),
)  # fmt: skip
