"""A day pack (issue: the paper emergency): when it is due, and what stands on its page."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.scheduling.domain.daypack import Booked, DayPack, Sheet, due_on, next_due, number_of
from services.scheduling.domain.escort import Escort
from services.scheduling.domain.flowsheet import flow_sheet
from services.scheduling.domain.vitals import Reading, Vitals
from services.scheduling.handouts.paper import page_of
from shared.clinicfile.handouts import DayPackPolicy
from shared.clinicfile.model import Chair, Location
from shared.clinicfile.policies import SessionPolicy
from shared.events.parts import Identity, Modality
from shared.events.prescribing import OrderContent, StandingOrderContent

ZONE = "America/Boise"
MAIN = Location(
    id="main",
    name="Main",
    address="12 Alder Street",
    phone="+12085550142",
    chairs=(Chair(id="chair-1", name="Chair 1"),),
    hours={},
)
TIMES = DayPackPolicy().times
START = datetime(2026, 11, 30, 16, tzinfo=UTC)
CARD = Identity(
    legal_name="Robin Ann Quist", birth_date=date(1984, 2, 29), sex_at_birth="F", record_number="LK-000123",
    allergies=("latex", "ondansetron"), interpreter=True,
)  # fmt: skip
ORDER = OrderContent(
    modality=Modality.IV_MOOD, protocol="IV_MOOD_6", mg_per_kg=Decimal("0.5"), dose_weight_kg=Decimal(70), dose_mg=35,
    minutes=40, draw_ml=Decimal("0.7"), rate_ml_per_hour=Decimal("52.5"), stock_mg_per_ml=Decimal(50),
    arithmetic=("70 kg x 0.5 mg/kg = 35 mg", "35 mg / 50 mg/mL = 0.70 mL"),
    standing=(
        StandingOrderContent(
            id="m1", kind="PRN", drug="ondansetron", dose=Decimal(4), unit="mg", route="IV", indication="nausea",
            max_per_session=2, max_per_24h=2, min_interval_minutes=30,
        ),
    ),
)  # fmt: skip


def booked(**over: Any) -> Booked:
    plain = {
        "starts_at": START, "ends_at": START + timedelta(minutes=150), "what": "Session 1", "state": "CONFIRMED",
        "chair": "Chair 1", "card": CARD, "escort": Escort(name="Sam Quist", phone="+12085550107"),
    }  # fmt: skip
    return Booked(**plain | over)


def sheet(of: Booked, **over: Any) -> Sheet:
    plain = {
        "booked": of, "protocol": "IV_MOOD_6, Mood", "modality": Modality.IV_MOOD, "started": False,
        "dose_at": START + timedelta(minutes=30), "order": ORDER, "order_until": START + timedelta(days=30),
        "minutes": 40, "open_points": [], "flow": flow_sheet(Modality.IV_MOOD, 40, SessionPolicy()), "readings": [],
        "limits": SessionPolicy().vitals, "known_until": START, "stale": False,
    }  # fmt: skip
    return Sheet(**plain | over)


def shown(*sheets: Sheet, listed: tuple[Booked, ...] = (), days: int = 2) -> list[str]:
    """The text of every element of the page, in order."""
    pack = DayPack(
        clinic="Larkspur Clinic", location=MAIN, zone=ZONE, first_day=date(2026, 11, 30), days=days,
        made_at=START - timedelta(hours=3), on_call=["Duty line (Clinician on call)"],
        booked=[*(one.booked for one in sheets), *listed], sheets=sheets,
    )  # fmt: skip
    page = page_of(pack).decode().removeprefix("<!doctype html>\n").replace('<meta charset="utf-8">', "")
    return [text for text in ElementTree.fromstring(page).itertext() if text.strip()]


@pytest.mark.parametrize(
    ("after", "due"),
    [
        ("2026-11-30T12:59:59Z", "2026-11-30T13:00:00Z"),
        ("2026-11-30T13:00:00Z", "2026-11-30T22:00:00Z"),
        ("2026-11-30T22:00:00Z", "2026-12-01T13:00:00Z"),
        ("2027-03-13T22:00:00Z", "2027-03-14T12:00:00Z"),  # clocks went forward in between
        ("2027-11-06T21:00:00Z", "2027-11-07T13:00:00Z"),  # and back
    ],
)
def test_a_pack_is_due_at_the_clinics_times_by_its_wall_clock(after: str, due: str) -> None:
    assert next_due(TIMES, ZONE, datetime.fromisoformat(after)) == datetime.fromisoformat(due)


def test_a_time_that_daylight_saving_skips_is_an_hour_later_and_one_that_comes_twice_is_due_once() -> None:
    assert due_on((time(2, 30),), ZONE, date(2027, 3, 14)) == [datetime(2027, 3, 14, 9, 30, tzinfo=UTC)]
    assert due_on((time(1, 30),), ZONE, date(2027, 11, 7)) == [datetime(2027, 11, 7, 7, 30, tzinfo=UTC)]


@settings(max_examples=40)
@given(
    times=st.lists(st.times().map(lambda t: t.replace(second=0, microsecond=0)), min_size=1, max_size=4),
    after=st.datetimes(datetime(2026, 1, 1), datetime(2028, 1, 1), timezones=st.just(UTC)),
    zone=st.sampled_from([ZONE, "America/New_York", "America/Phoenix", "Asia/Beirut"]),
)
def test_there_is_always_a_next_one_within_a_day_or_so(times: list[time], after: datetime, zone: str) -> None:
    due = next_due(times, zone, after)
    assert timedelta() < due - after <= timedelta(hours=25)
    following = next_due(times, zone, due)
    assert following > due
    assert number_of(following) > number_of(due)


def test_a_session_has_its_order_with_the_steps_its_escort_and_its_due_times() -> None:
    texts = shown(sheet(booked()))
    assert "35 mg over 40 min for 70 kg; draw 0.7 mL of 50 mg/mL; rate 52.5 mL/h" in texts
    assert [*ORDER.arithmetic] == [text for text in texts if text in ORDER.arithmetic]
    assert "Allergies: latex; ondansetron" in texts
    assert any("Sam Quist, +12085550107" in text for text in texts)
    assert any(text.startswith("ondansetron 4 mg IV (PRN) for nausea: at most 2 in a session") for text in texts)
    assert [text for text in texts if text in ("09:40", "09:50", "10:10", "11:10")] == [
        "09:40",
        "09:50",
        "10:10",
        "11:10",
    ]
    assert any(text.startswith("Nothing that scheduling knew stood in the way") for text in texts)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"order": None}, "NO ORDER NOT KNOWN HERE: ask. Give no dose without one."),
        ({"open_points": ["A safety concern is open."]}, "GIVE NO DOSE until this is settled:"),
        ({"stale": True}, "GIVE NO DOSE until this is settled:"),
        ({"stale": True, "started": True}, "THE DOSE RUNS. Known when this was made:"),
        ({"booked": booked(card=None)}, "Patient NOT KNOWN HERE: ask"),
        ({"booked": booked(card=None)}, "Allergies: NOT KNOWN HERE: ask"),
        ({"booked": booked(card=CARD.model_copy(update={"allergies": ()}))}, "Allergies: none on record: ask"),
        ({"booked": booked(escort=None)}, "Goes home with: NOBODY NAMED. Patient's phone: NOT KNOWN HERE: ask"),
        ({"readings": [Reading(START, Vitals(systolic=128, diastolic=82))]}, "128/82"),
    ],
)
def test_what_is_not_known_or_not_settled_is_said(change: dict[str, Any], says: str) -> None:
    assert says in shown(sheet(**{"of": booked()} | {"of" if k == "booked" else k: v for k, v in change.items()}))


def test_a_spray_has_its_own_baseline_and_no_rate() -> None:
    order = ORDER.model_copy(update={"modality": Modality.SPRAVATO_TRD, "dose_mg": 56})
    flow = flow_sheet(Modality.SPRAVATO_TRD, 0, SessionPolicy())
    texts = shown(sheet(booked(), modality=Modality.SPRAVATO_TRD, order=order, flow=flow))
    assert "56 mg by nasal spray, devices 5 minutes apart" in texts
    assert "BP, SpO2, RR, MOAA/S" in texts


def test_each_day_lists_who_comes_and_an_empty_one_says_so() -> None:
    tomorrow = booked(
        starts_at=START + timedelta(days=1), ends_at=START + timedelta(days=1, hours=1), what="Consultation"
    )
    texts = shown(sheet(booked()), listed=(tomorrow,), days=3)
    days = [texts.index(day) for day in ("Monday, 2026-11-30", "Tuesday, 2026-12-01", "Wednesday, 2026-12-02")]
    assert days == sorted(days)
    assert days[0] < texts.index("Session 1") < days[1] < texts.index("Consultation") < days[2]
    assert texts[days[2] + 1] == "Nobody is booked."


@settings(max_examples=30)
@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=60))
def test_no_name_becomes_markup(name: str) -> None:
    card = CARD.model_copy(update={"legal_name": f"<script>&{name}</td>"})
    assert f"<script>&{name}</td>, born 1984-02-29, no. LK-000123" in shown(sheet(booked(card=card)))
