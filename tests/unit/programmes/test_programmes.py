"""What each clinic file makes of the same code: doses, courses, places, money and the way in."""

from datetime import date, timedelta
from decimal import Decimal

import pytest

from services.intake.domain.dosing import Body, CannotDose, DoseRequest, compute
from services.intake.domain.spraying import Sprayed, SprayRequest, fixed_dose
from services.scheduling.domain.cadence import Dates, plan_dates
from services.scheduling.domain.place import Place, block_length
from shared.clinicfile.leads import lines_of, public_form
from shared.events.parts import Modality, SeatNeed
from tests.unit.clinicfile.every import FILES
from tests.unit.scheduling.kit import closed, days, limits

WOMAN = Body("female", Decimal(165), Decimal(70))
MAN = Body("male", Decimal(178), Decimal(82))
TUESDAY, MONDAY = date(2026, 12, 1), date(2026, 11, 30)
PROTOCOLS = [(clinic, protocol.id) for clinic, file in FILES.items() for protocol in file.protocols]


def protocol(clinic, protocol_id):
    found = FILES[clinic].protocol(protocol_id)
    assert found is not None
    return found


def where(clinic, protocol_id, closures=()):
    file, dose = FILES[clinic], protocol(clinic, protocol_id).dose
    length = block_length(file.session, dose.default_minutes, watched=dose.unit == "mg")
    return Place(file.zone, file.locations[0].hours, tuple(closures), length)


@pytest.mark.parametrize(
    ("clinic", "protocol_id", "body", "mg_per_kg", "minutes", "dose_mg"),
    [
        ("larkspur", "IV_MOOD_6", WOMAN, "0.5", 40, 35),
        ("larkspur", "IV_CRPS_10X4H", WOMAN, "0.35", 240, 98),
        ("cedar", "IV_SUD_3", WOMAN, "0.8", 40, 56),
        ("cedar", "IV_PAIN_5X4H", WOMAN, "0.5", 240, 140),
        ("northfield", "IV_ANXIETY_6", MAN, "0.25", 60, 21),
        ("harbor", "IV_MOOD_6", WOMAN, "0.5", 60, 35),
        ("harbor", "IV_MOOD_6", WOMAN, "0.5", 90, 35),
        ("coastline", "IV_OCD_6", MAN, "0.5", 40, 41),
    ],
)
def test_doses_within_the_programme(clinic, protocol_id, body, mg_per_kg, minutes, dose_mg):
    request = DoseRequest(Decimal(mg_per_kg), minutes, first_dose=True)
    assert compute(body, request, protocol(clinic, protocol_id).dose).dose_mg == dose_mg


@pytest.mark.parametrize(
    ("clinic", "protocol_id", "mg_per_kg", "minutes", "code"),
    [
        ("larkspur", "IV_MOOD_6", "0.5", 90, "MINUTES_OUT_OF_RANGE"),
        ("harbor", "IV_MOOD_6", "0.5", 40, "MINUTES_OUT_OF_RANGE"),
        ("cedar", "IV_PAIN_5X4H", "0.5", 120, "MINUTES_OUT_OF_RANGE"),
        ("larkspur", "IV_MOOD_6", "0.75", 60, "ABOVE_FIRST_DOSE_CAP"),
        ("northfield", "IV_MOOD_6", "1.1", 40, "ABOVE_HARD_STOP"),
        ("cedar", "IV_SUD_3", "0.9", 40, "ABOVE_HARD_STOP"),
        ("coastline", "IV_PTSD_6", "2.1", 40, "ABOVE_ABSOLUTE_LIMIT"),
    ],
)
def test_doses_outside_the_programme_are_refused(clinic, protocol_id, mg_per_kg, minutes, code):
    with pytest.raises(CannotDose) as refused:
        compute(MAN, DoseRequest(Decimal(mg_per_kg), minutes, first_dose=True), protocol(clinic, protocol_id).dose)
    assert code in {refusal.code for refusal in refused.value.refusals}


@pytest.mark.parametrize(
    ("given", "dose_mg", "code"),
    [
        ([], 56, None),
        ([], 84, "NOT_A_FIRST_DOSE"),
        ([(TUESDAY, 56)], 84, None),
        ([(TUESDAY, 84), (date(2026, 12, 2), 84)], 56, "ABOVE_WEEKLY_LIMIT"),
        ([(TUESDAY, 56)], 70, "NOT_A_FIXED_DOSE"),
    ],
)
def test_a_spray_is_given_in_fixed_doses(given, dose_mg, code):
    doses = protocol("coastline", "SPR_TRD_IND").dose
    request = SprayRequest(dose_mg, 120, date(2026, 12, 4), tuple(Sprayed(on, mg) for on, mg in given))
    if code is None:
        assert fixed_dose(request, doses).dose_mg == dose_mg
        return
    with pytest.raises(CannotDose) as refused:
        fixed_dose(request, doses)
    assert code in {refusal.code for refusal in refused.value.refusals}


@pytest.mark.parametrize(
    ("clinic", "protocol_id", "minutes"),
    [
        ("larkspur", "IV_MOOD_6", 150),
        ("harbor", "IV_MOOD_6", 165),
        ("cedar", "IV_PAIN_5X4H", 345),
        ("coastline", "SPR_TRD_IND", 165),
    ],
)
def test_a_block_is_as_long_as_the_programme_needs(clinic, protocol_id, minutes):
    assert where(clinic, protocol_id).length == timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("clinic", "protocol_id", "start", "pattern", "expected"),
    [
        ("larkspur", "IV_MOOD_6", MONDAY, "mon wed fri", "11-30 12-02 12-04 12-07 12-09 12-11"),
        ("cedar", "IV_MOOD_6", MONDAY, "mon thu", "11-30 12-03 12-07 12-10 12-14 12-17"),
        ("cedar", "IV_PAIN_5X4H", MONDAY, "mon tue wed thu fri", "11-30 12-01 12-02 12-03 12-04"),
        ("coastline", "IV_SUD_3", TUESDAY, "tue", "12-01 12-08 12-15"),
        ("coastline", "SPR_TRD_IND", TUESDAY, "tue fri", "12-01 12-04 12-08 12-11 12-15 12-18 12-22 12-24"),
        ("coastline", "SPR_TRD_M1", date(2026, 12, 29), "tue", "12-29 1-5 1-12 1-19"),
    ],
)
def test_courses_follow_their_template_around_christmas(clinic, protocol_id, start, pattern, expected):
    place = where(clinic, protocol_id, closed(date(2026, 12, 25)))
    found = plan_dates(limits(protocol(clinic, protocol_id).course, start, pattern, where=place))
    assert isinstance(found, Dates)
    assert found.days == days(expected)


@pytest.mark.parametrize(("clinic", "protocol_id"), PROTOCOLS)
def test_every_protocol_can_be_planned_in_each_of_its_patterns(clinic, protocol_id):
    course = protocol(clinic, protocol_id).course
    for pattern in course.patterns:
        for start in (MONDAY, TUESDAY, date(2026, 12, 4)):
            found = plan_dates(limits(course, start, " ".join(pattern), where=where(clinic, protocol_id)))
            assert isinstance(found, Dates), (pattern, start, found)
            assert len(found.days) == course.sessions


@pytest.mark.parametrize(("clinic", "protocol_id"), PROTOCOLS)
def test_every_protocol_treats_something_and_has_its_price(clinic, protocol_id):
    file, found = FILES[clinic], protocol(clinic, protocol_id)
    assert found.indications != ()
    assert file.prices.session_cents[protocol_id] > 0
    assert found.rems == found.authorisation == (found.modality is Modality.SPRAVATO_TRD)


@pytest.mark.parametrize(
    ("clinic", "indications"),
    [
        ("larkspur", {"MDD_TRD", "PTSD", "GAD", "OCD", "FIBROMYALGIA", "NEUROPATHIC_PAIN", "CRPS"}),
        (
            "cedar",
            {"MDD_TRD", "GAD", "BIPOLAR_DEPRESSION", "PTSD", "SUICIDAL_IDEATION", "SUBSTANCE_USE_DISORDER", "OCD",
             "FIBROMYALGIA", "NEUROPATHIC_PAIN", "CRPS"},
        ),
        ("northfield", {"MDD_TRD", "PTSD", "GAD", "FIBROMYALGIA", "CRPS"}),
        ("harbor", {"MDD_TRD", "SUICIDAL_IDEATION", "PTSD", "GAD"}),
        ("coastline", {"MDD_TRD", "OCD", "SUBSTANCE_USE_DISORDER", "PTSD", "MIGRAINE", "CRPS"}),
    ],
)  # fmt: skip
def test_a_clinic_treats_what_it_says(clinic, indications):
    assert {each for protocol in FILES[clinic].protocols for each in protocol.indications} == indications


@pytest.mark.parametrize(
    ("clinic", "zone", "chairs", "form", "packages", "consultation_cents"),
    [
        ("larkspur", "America/Boise", [4], "web_lead", {}, 0),
        ("cedar", "America/Phoenix", [2], "web_lead", {}, 0),
        ("northfield", "America/Chicago", [3, 2], "appointment_request", {1: 42500, 4: 160000, 6: 234000}, 25000),
        ("harbor", "America/New_York", [3], "web_lead", {6: 285000}, 0),
        ("coastline", "America/Los_Angeles", [4], "contact_lines", {}, 30000),
    ],
)
def test_places_way_in_and_money_are_the_clinic_s(clinic, zone, chairs, form, packages, consultation_cents):
    file = FILES[clinic]
    assert (file.zone, [len(location.chairs) for location in file.locations]) == (zone, chairs)
    assert file.lead_form.kind == form
    assert {package.sessions: package.price_cents for package in file.prices.packages} == packages
    consultation = file.kind("consultation")
    assert consultation is not None
    assert consultation.price_cents == consultation_cents


@pytest.mark.parametrize(
    ("prefix", "gate"), [("IV_MOOD", None), ("IV_PTSD", 3), ("IV_PAIN", 2), ("IV_CRPS", 3), ("SPR_TRD", None)]
)
def test_benefit_is_judged_after_the_session_that_the_protocol_table_names(prefix, gate):
    """D.1; where a file names none it is the reacting plan's, the third."""
    found = {one.id: one.gate_after_session for file in FILES.values() for one in file.protocols}
    assert {number for name, number in found.items() if name.startswith(prefix)} == {gate}
    named = {one.gate_after(file.prescribing.reacting_plan) for file in FILES.values() for one in file.protocols}
    assert named == {2, 3}


def test_only_the_open_phase_of_the_spray_is_judged_every_four_weeks():
    found = {one.id: one.evaluated_every_days for file in FILES.values() for one in file.protocols}
    assert {name: days for name, days in found.items() if days is not None} == {"SPR_TRD_M2": 28}


def test_two_of_coastline_s_chairs_are_bays_for_the_spray_and_for_nothing_else():
    chairs = FILES["coastline"].locations[0].chairs
    assert [chair.modalities for chair in chairs[2:]] == [(Modality.SPRAVATO_TRD,)] * 2
    assert all(Modality.SPRAVATO_TRD not in chair.modalities for chair in chairs[:2])
    assert len(lines_of(public_form(FILES["coastline"]))) == 5


@pytest.mark.parametrize("clinic", FILES)
def test_every_location_has_a_chair_for_whoever_comes_in_a_wheelchair(clinic):
    """Of each kind of dose that it gives at all."""
    for place in FILES[clinic].locations:
        given = {modality for chair in place.chairs for modality in chair.modalities}
        able = [chair for chair in place.chairs if SeatNeed.WHEELCHAIR in chair.suits]
        assert {modality for chair in able for modality in chair.modalities} == given
        assert place.chairs[0].suits == (), "whoever needs nothing of a chair takes another one first"


@pytest.mark.parametrize("clinic", FILES)
def test_after_care_forbids_driving_until_the_next_day_whatever_is_said_in_public(clinic):
    text = FILES[clinic].messages.templates["N11.email"]
    assert "Do not drive" in text
    assert "until tomorrow, after a night's sleep" in text
    assert "hour" not in text.split("No alcohol")[0]


def test_only_northfield_shows_credentials_and_captures_a_reflection():
    assert [clinic for clinic, file in FILES.items() if file.reflection] == ["northfield"]
    assert [clinic for clinic, file in FILES.items() if all(member.credentials for member in file.team)] == [
        "northfield"
    ]
    assert all(file.team for file in FILES.values())
