"""Which events put something on the worklist, which take it off, and whose work it is."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from services.intake.domain.carework import CARE_EFFECTS
from services.intake.domain.chairwork import CHAIR_EFFECTS
from services.intake.domain.deskwork import DESK_EFFECTS
from services.intake.domain.orderwork import ORDER_EFFECTS
from services.intake.domain.readywork import READY_EFFECTS
from services.intake.domain.worklist import BY_HAND, ROLES, Effect, Kind, Told, item_id, urgent_from
from shared.events import Event
from shared.events.intake import OrderDoubted, OrderSigned, PatientScreened, ScreeningReviewed
from shared.events.notifications import MessageFailed, MessageSent, ReplyReceived
from shared.events.parts import DeviationDetail, Modality, ModalityOutcome, Outcome, ScreeningSummary
from shared.events.prescribing import AwaitedEvidence, ClearanceCondition, OrderContent, OrderDoubt, ReviewSummary
from shared.events.readying import ReadinessDetail
from shared.events.scheduling import (
    DeviationRecorded,
    MonitoringFormChanged,
    ReadinessChanged,
    SessionCheckedIn,
    VitalAlertWithdrawn,
)
from shared.ids import named_id
from shared.sealing import Sealed

NOON = datetime(2026, 3, 2, 19, tzinfo=UTC)
EFFECTS = {**CARE_EFFECTS, **DESK_EFFECTS, **CHAIR_EFFECTS}
PATIENT, CLINIC, OTHER, ID = (named_id("test", name) for name in ("patient", "clinic", "other", "id"))


def effects(event: Event, clinic: UUID = CLINIC, opened: Any = None) -> list[Effect]:
    return list(EFFECTS[type(event)](Told(event, NOON, clinic, lambda _: opened)))


def screened(*outcomes: Outcome, clinic: UUID = CLINIC) -> Effect:
    modalities = zip((Modality.IV_MOOD, Modality.IV_PAIN), outcomes, strict=False)
    summary = ScreeningSummary(outcomes=tuple(ModalityOutcome(modality=m, outcome=o) for m, o in modalities))
    event = PatientScreened(
        screening_id=ID, patient_id=PATIENT, version=1, screened_at=NOON, rule_set_hash="0", summary=Sealed.of(summary)
    )
    return effects(event, clinic, summary)[0]


@pytest.mark.parametrize(
    ("outcomes", "needed"),
    [
        ([Outcome.ELIGIBLE], True),
        ([Outcome.NEEDS_REVIEW], True),
        ([Outcome.DEFERRED], False),
        ([Outcome.INELIGIBLE], True),  # a clinician confirms it (A.1)
        ([Outcome.EMERGENCY], False),
        ([Outcome.DEFERRED, Outcome.ELIGIBLE], True),
        ([Outcome.EMERGENCY, Outcome.DEFERRED], False),
        ([], False),
    ],
)
def test_a_clinician_looks_at_what_a_review_decides(outcomes: list[Outcome], needed: bool) -> None:
    assert screened(*outcomes).done is not needed


READY = {
    "readiness_id": OTHER, "appointment_id": ID, "patient_id": PATIENT, "starts_at": NOON + timedelta(hours=72),
    "zone": "America/Boise", "swept_hours": 72, "changed_at": NOON, "detail": Sealed.of(ReadinessDetail()),
}  # fmt: skip


def test_a_session_that_is_not_ready_stands_there_until_it_is_or_is_over() -> None:
    blocked = ReadinessChanged(
        **READY, version=1, ready=False, due_at=NOON + timedelta(hours=48), owners=("clinician",)
    )
    seated = SessionCheckedIn(session_id=OTHER, appointment_id=ID, patient_id=PATIENT, checked_in_at=NOON)
    found = []
    for event in (blocked, ReadinessChanged(**READY, version=2, ready=True), seated):
        (effect,) = READY_EFFECTS[type(event)](Told(event, NOON, CLINIC, lambda _: None))
        found.append((effect.kind, effect.subject, effect.done, effect.due_at))
    due_at = NOON + timedelta(hours=48)
    assert found == [
        (Kind.SESSION_NOT_READY, ID, False, due_at), (Kind.SESSION_NOT_READY, ID, True, None),
        (Kind.SESSION_NOT_READY, ID, True, None),
    ]  # fmt: skip


def reviewed(**summary: Any) -> list[Effect]:
    found = ReviewSummary(cleared=(), **summary)
    event = ScreeningReviewed(screening_id=ID, patient_id=PATIENT, version=2, reviewed_at=NOON, review=Sealed.of(found))
    return effects(event, opened=found)


SOON, LATER = NOON + timedelta(days=2), NOON + timedelta(days=9)
EVIDENCE = [AwaitedEvidence(code="ECG", due_at=LATER), AwaitedEvidence(code="LETTER", due_at=SOON)]
CONDITION = [ClearanceCondition(code="LIVER", until=LATER, modalities=(Modality.IV_MOOD,))]


@pytest.mark.parametrize(
    ("summary", "done", "due_at", "waits_for"),
    [
        ({}, True, None, None),
        ({"pending": (Modality.IV_MOOD,)}, False, None, "SECOND_CLINICIAN"),
        ({"evidence": EVIDENCE}, False, SOON, "EVIDENCE"),
        ({"conditions": CONDITION}, False, LATER, "CONDITION"),
        ({"pending": (Modality.IV_MOOD,), "evidence": EVIDENCE}, False, None, "SECOND_CLINICIAN"),
    ],
)
def test_a_review_that_waits_for_something_stays(
    summary: dict[str, Any], done: bool, due_at: datetime | None, waits_for: str | None
) -> None:
    (effect,) = reviewed(**summary)
    assert (effect.done, effect.due_at, effect.facts.get("waits_for")) == (done, due_at, waits_for)


def test_a_review_ends_what_the_screening_at_the_same_clinic_began() -> None:
    (ends,) = reviewed()
    assert (ends.done, ends.subject) == (True, screened(Outcome.ELIGIBLE).subject)
    assert ends.subject != screened(Outcome.ELIGIBLE, clinic=OTHER).subject


def test_a_message_that_got_through_ends_the_call_for_the_same_row_of_the_plan_only() -> None:
    failed = [
        effects(
            MessageFailed(
                message_id=ID, patient_id=PATIENT, plan_id=plan, channel="SMS", reason="NO_CONSENT", failed_at=NOON
            )
        )[0]
        for plan in ("N05", "N11")
    ]
    sent = effects(MessageSent(message_id=ID, patient_id=PATIENT, plan_id="N05", channel="EMAIL", sent_at=NOON))[0]
    assert [one.subject == sent.subject for one in failed] == [True, False]


@pytest.mark.parametrize(
    ("meaning", "needed"),
    [("FOR_A_PERSON", True), ("CRISIS", True), ("CONFIRM", False), ("HELP", False), ("START", False)],
)
def test_a_reply_that_no_machine_can_answer_needs_a_person(meaning: str, needed: bool) -> None:
    reply = ReplyReceived(reply_id=ID, patient_id=PATIENT, meaning=meaning, received_at=NOON)
    assert bool(effects(reply)) is needed


def test_a_deviation_waits_for_a_look_by_care() -> None:
    detail = Sealed.of(DeviationDetail(code="RATE_ABOVE_ORDER", finding="rate 60 mL/h, ordered 52.5 mL/h"))
    told = DeviationRecorded(deviation_id=ID, session_id=OTHER, patient_id=PATIENT, occurred_at=NOON, deviation=detail)
    assert effects(told) == [Effect(Kind.DEVIATION, ID, OTHER)]
    assert Kind.DEVIATION in BY_HAND
    assert "frontdesk" not in ROLES[Kind.DEVIATION]


@pytest.mark.parametrize(
    ("state", "kinds", "done"),
    [
        ("DUE", [Kind.MONITORING_FORM], False), ("LATE", [Kind.MONITORING_FORM, Kind.MONITORING_FORM_LATE], False),
        ("SENT", [Kind.MONITORING_FORM, Kind.MONITORING_FORM_LATE], True),
        ("A_NEWER_STATE", [Kind.MONITORING_FORM, Kind.MONITORING_FORM_LATE], False),
    ],
)  # fmt: skip
def test_a_form_that_a_programme_waits_for_stands_there_until_it_is_sent(
    state: str, kinds: list[Kind], done: bool
) -> None:
    told = MonitoringFormChanged(
        session_id=ID, patient_id=PATIENT, version=1, state=state, due_on=SOON.date(), due_at=SOON, changed_at=NOON
    )
    found = effects(told)
    assert [(one.kind, one.about, one.done, one.due_at) for one in found] == [(kind, ID, done, SOON) for kind in kinds]
    assert not {Kind.MONITORING_FORM, Kind.MONITORING_FORM_LATE} & BY_HAND
    assert "frontdesk" in ROLES[Kind.MONITORING_FORM]
    assert {"director", "admin"} <= {*ROLES[Kind.MONITORING_FORM_LATE]}


def about_order(event: Event, opened: Any, clinic: UUID = CLINIC) -> Effect:
    (effect,) = ORDER_EFFECTS[type(event)](Told(event, NOON, clinic, lambda _: opened))
    return effect


def test_a_doubted_order_waits_for_a_clinician_until_one_of_its_protocol_is_signed() -> None:
    doubt = OrderDoubt(protocol="IV_MOOD_6", code="WEIGHT_CORRECTED")
    doubted = OrderDoubted(
        doubt_id=OTHER, order_id=ID, patient_id=PATIENT, revoked=True, look_by=SOON, doubted_at=NOON,
        doubt=Sealed.of(doubt),
    )  # fmt: skip
    needed = about_order(doubted, doubt)
    assert (needed.kind, needed.about, needed.done, needed.due_at) == (Kind.ORDER_DOUBTED, ID, False, SOON)
    assert needed.facts == {"revoked": True}, "what it is about is for whoever may open it"
    assert (Kind.ORDER_DOUBTED in BY_HAND, ROLES[Kind.ORDER_DOUBTED]) == (True, ("clinician",))
    ends = [signed("IV_MOOD_6"), signed("IV_PTSD_6"), signed("IV_MOOD_6", OTHER)]
    assert [one.done for one in ends] == [True] * 3
    assert [one.subject == needed.subject for one in ends] == [True, False, False]


def signed(protocol: str, clinic: UUID = CLINIC) -> Effect:
    content = OrderContent(
        modality=Modality.IV_MOOD, protocol=protocol, mg_per_kg=Decimal("0.5"), dose_weight_kg=Decimal(70), dose_mg=35,
        minutes=40, draw_ml=Decimal("0.7"), rate_ml_per_hour=Decimal("52.5"), stock_mg_per_ml=Decimal(50),
        arithmetic=(),
    )  # fmt: skip
    event = OrderSigned(
        order_id=OTHER, patient_id=PATIENT, version=1, signed_at=NOON, expires_at=LATER, order=Sealed.of(content)
    )
    return about_order(event, content, clinic)


@pytest.mark.parametrize(("standing", "done"), [(0, True), (1, False)])
def test_a_session_waits_while_an_alert_of_it_stands(standing: int, done: bool) -> None:
    told = VitalAlertWithdrawn(alert_id=OTHER, session_id=ID, patient_id=PATIENT, withdrawn_at=NOON, standing=standing)
    assert effects(told) == [Effect(Kind.VITAL_ALERT, ID, ID, done=True)] * done


def test_every_kind_is_somebodys_work_and_only_safe_ones_end_by_hand() -> None:
    care_only = {Kind.SAFETY_CONCERN, Kind.SCREENING_REVIEW, Kind.VITAL_ALERT, Kind.PLAN_PROPOSAL}
    assert set(ROLES) == set(Kind)
    assert not BY_HAND & care_only
    assert all("frontdesk" not in ROLES[kind] for kind in care_only)


def test_items_of_two_kinds_about_one_thing_are_two_items() -> None:
    assert len({item_id(kind, ID) for kind in Kind}) == len(Kind)


def test_what_has_no_due_time_stands_behind_what_is_due_this_week() -> None:
    undated = urgent_from(NOON, None)
    assert urgent_from(NOON, NOON + timedelta(days=6)) < undated < urgent_from(NOON, NOON + timedelta(days=8))
