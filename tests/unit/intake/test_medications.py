"""Medications by name: classes, daily doses, diazepam equivalents, and the facts of MED-01 to MED-07 (domain A.3)."""

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from services.intake.domain.facts import known_facts
from services.intake.domain.formulary import Formulary, formulary_of, told_by, unknown_names
from services.intake.domain.medications import Medication
from services.intake.domain.mednotes import instructions_for, newest_list, notes_for, notes_on
from services.intake.domain.observations import HealthAnswers
from services.intake.domain.screening import screen
from shared.clinicfile.forms import MEDICATION_FACTS
from shared.events.parts import Modality, Outcome
from tests.unit.clinicfile.every import FILES
from tests.unit.intake.cases import BOISE, FIT, NOW, ago, answered, history, larkspur

TABLE = formulary_of(larkspur())
WITHOUT_CLASSES = {name: answer for name, answer in FIT.items() if name not in MEDICATION_FACTS}


def drug(name: str, dose: Any = None, unit: str | None = "mg", times: int | None = 1, per: str = "day") -> Medication:
    return Medication.model_validate({"name": name, "dose": dose, "unit": unit, "times": times, "per": per})


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("clonazepam", ["clonazepam"]), ("Klonopin", ["clonazepam"]), ("KLONOPIN 0.5 mg tablets", ["clonazepam"]),
        ("Xanax XR 1mg", ["alprazolam"]), ("Seroquel XR", ["quetiapine"]), ("Tylenol", ["acetaminophen"]),
        ("Tylenol 3", ["codeine"]), ("Tylenol #4", ["codeine"]), ("acetaminophen #3", ["codeine"]),
        ("Acetaminophen-Codeine #2 tablets", ["codeine"]), ("Tylenol 500", ["acetaminophen"]),
        ("acetaminophen 325 mg", ["acetaminophen"]), ("Tylenol No. 4", []),
        ("Tylenol with codeine", ["codeine"]), ("hydrocodone/acetaminophen", ["hydrocodone", "acetaminophen"]),
        ("sertraline and Xanax", ["sertraline", "alprazolam"]),
        ("St. John's Wort", ["st-johns-wort"]), ("Adderall XR 20 mg", ["amphetamine-mixed-salts"]),
        ("metoprolol succinate ER 50", ["metoprolol"]), ("vitamin D3", ["vitamin-d"]), ("Theo-24", ["theophylline"]),
        ("Tylenol PM", []), ("foobarol", []), ("sertraline, foobarol", []), ("klonopim", []), ("mg", []), ("25", []),
        ("lithium orotate", []), ("\u0627\u0644\u0628\u0631\u0648\u0632\u0627\u0643", []), ("\U0001f48a", []),
    ],
)  # fmt: skip
def test_a_name_stands_for_medicines_or_is_unknown(name, ids):
    assert [medicine.id for medicine in TABLE.recognise(name)] == ids


CLASSES = {
    "takes_maoi": ["Nardil", "tranylcypromine", "Emsam patch", "Azilect", "linezolid", "procarbazine"],
    "takes_stimulant": ["Adderall", "Ritalin", "modafinil", "Nuvigil"],
    "takes_cns_depressant": [
        "oxycodone", "Ambien", "buprenorphine", "tramadol 50 mg", "Tylenol 4", "phenobarbital", "Silenor", "trazodone",
        "Remeron", "clonidine patch", "Intuniv",
    ],
    "takes_benzodiazepine": ["Ativan", "diazepam", "Valtoco nasal spray", "Doral"],
    "takes_lamotrigine": ["Lamictal"],
    "takes_theophylline": ["theophylline", "aminophylline"],
}  # fmt: skip


@pytest.mark.parametrize(("fact", "name"), [(fact, name) for fact, names in CLASSES.items() for name in names])
def test_a_listed_medicine_sets_the_fact_of_its_class_and_no_other(fact, name):
    told = told_by([drug(name), drug("vitamin D")], TABLE)
    assert {name for name, value in told.items() if value is True} == {fact}


@pytest.mark.parametrize(
    "name", ["lithium", "Zoloft", "nortriptyline", "lisinopril", "Flonase", "naltrexone", "aspirin"]
)
def test_what_needs_no_review_sets_no_fact(name):
    assert set(told_by([drug(name)], TABLE).values()) == {False}


def test_an_empty_list_is_a_no_to_everything_and_an_unknown_name_to_nothing():
    assert told_by([], TABLE) == dict.fromkeys(MEDICATION_FACTS, False) | {"benzodiazepine_mg": 0.0}
    told = told_by([drug("Nardil"), drug("foobarol")], TABLE)
    assert told == dict.fromkeys(MEDICATION_FACTS) | {"takes_maoi": True}
    assert list(unknown_names([drug("Nardil"), drug("foobarol")], TABLE)) == ["foobarol"]


@pytest.mark.parametrize(
    ("listed", "mg"),
    [
        ([drug("clonazepam", 1)], 20),
        ([drug("Klonopin", "0.5", times=2)], 20),
        ([drug("clonazepam", 1000, "mcg")], 20),
        ([drug("lorazepam", 1), drug("alprazolam", "0.25", times=2)], 20),
        ([drug("alprazolam", "0.4")], 8),
        ([drug("diazepam", 8)], 8),
        ([drug("diazepam", 56, per="week")], 8),
        ([drug("diazepam", 5, times=3, per="as_needed")], 15),
        ([drug("temazepam", 20), drug("sertraline", 50)], 10),
        ([drug("chlordiazepoxide", 25)], 10),
        ([drug("clonazepam")], None),
        ([drug("clonazepam", 1, times=None)], None),
        ([drug("clonazepam", 1, per="as_needed", times=None)], None),
        ([drug("clonazepam", 2, "piece")], None),
        ([drug("clonazepam", 1), drug("lorazepam")], None),
        ([drug("clobazam", 10)], None),
        ([drug("clonazepam", 1), drug("foobarol", 1)], None),
        ([drug("Xanax/Ativan", 1)], None),
        ([drug("sertraline")], 0),
    ],
)  # fmt: skip
def test_benzodiazepines_add_up_to_diazepam_equivalents_or_are_unknown(listed, mg):
    assert told_by(listed, TABLE)["benzodiazepine_mg"] == mg


def test_the_arithmetic_is_explained():
    assert [*TABLE.read(drug("Klonopin", "0.5", times=2)).steps] == [
        "0.5 mg x 2 a day = 1 mg a day", "1 mg x 10 / 0.5 = 20 mg of diazepam a day",
    ]  # fmt: skip
    assert TABLE.read(drug("diazepam", 10, per="week")).steps[0] == "10 mg x 1 a week / 7 = 1.4286 mg a day"
    assert TABLE.read(drug("clobazam", 10)).steps[-1] == "no diazepam-equivalent of clobazam is set"


def test_a_clinic_may_count_by_another_table():
    other = Formulary(TABLE.by_name, {**TABLE.equivalents, "alprazolam": Decimal(1)})
    assert told_by([drug("alprazolam", 1)], other)["benzodiazepine_mg"] == 10


def decided(*questionnaires: Any, modality: Modality = Modality.IV_MOOD, clinic: str = "larkspur") -> Any:
    file = FILES[clinic]
    subject = history(questionnaires=questionnaires)
    facts = known_facts(subject, NOW, BOISE, site_certified=True, formulary=formulary_of(file))
    return screen(file, "hash", facts, NOW).of(modality)


def findings(decision: Any) -> dict[str, str]:
    return {f.rule_id: f.reason_code for f in decision.findings if f.rule_id.startswith("MED")}


def listing(*listed: Medication, at: Any = NOW, source: str = "patient", **answers: Any) -> Any:
    return answered(at=at, source=source, **WITHOUT_CLASSES | {"medications": listed} | answers)


@pytest.mark.parametrize(
    ("listed", "rules"),
    [
        ([], {}),
        ([drug("sertraline", 50)], {}),
        ([drug("clonazepam", 1)], {"MED-03": "FIRED", "MED-04": "FIRED"}),
        ([drug("clonazepam", "0.4")], {"MED-03": "FIRED", "MED-05": "FIRED"}),
        ([drug("clonazepam")], {"MED-03": "FIRED", "MED-04": "INCOMPLETE"}),
        ([drug("Nardil")], {"MED-01": "FIRED"}),
        ([drug("foobarol")], {f"MED-{n}": "INCOMPLETE" for n in ("01", "02", "03", "04", "06", "07")}),
    ],
)
def test_a_list_is_screened_by_the_medication_rules(listed, rules):
    found = findings(decided(listing(*listed)))
    assert {rule: code for rule, code in found.items() if rule != "MED-03A"} == rules


def test_a_23_needs_review_for_infusion_and_spray():
    subject = listing(drug("clonazepam", 1))
    spray = decided(subject, modality=Modality.SPRAVATO_TRD, clinic="coastline")
    assert "MED-04" in findings(decided(subject))
    assert "MED-03" in findings(spray)
    assert Outcome.NEEDS_REVIEW in {f.outcome for f in spray.findings if f.rule_id == "MED-03"}


NO = dict.fromkeys((name for name in MEDICATION_FACTS if name.startswith("takes")), "no")


def test_only_staff_settles_what_an_unknown_name_leaves_open():
    before = listing(drug("foobarol"), at=ago(days=2))
    assert findings(decided(before))
    said_no, said_unknown = answered(**NO), answered(at=ago(days=1), **dict.fromkeys(NO, "unknown"))
    assert findings(decided(said_no, before))
    assert findings(decided(said_no, said_unknown, before))
    assert not findings(decided(answered(source="staff", **NO), before))
    assert not findings(decided(listing(drug("foobarol"), source="staff", **NO)))
    assert findings(decided(listing(drug("foobarol"), **NO)))


def test_a_no_against_the_own_list_does_not_count():
    assert findings(decided(listing(drug("Nardil"), **NO))) == {"MED-01": "FIRED"}
    assert findings(decided(listing(takes_maoi="yes"))) == {"MED-01": "FIRED"}


def test_a_newer_list_replaces_an_older_one_and_leaving_it_out_does_not():
    older = listing(drug("Nardil"), at=ago(days=9))
    assert not findings(decided(listing(drug("sertraline")), older))
    assert findings(decided(answered(medications="refused"), older)) == {"MED-01": "FIRED"}
    assert findings(decided(answered(medications="unknown"), older)) == {"MED-01": "FIRED"}


def test_without_a_table_every_name_is_unknown():
    assert set(told_by([drug("aspirin")], Formulary()).values()) == {None}


names = st.sampled_from(
    ["Nardil", "Klonopin", "oxycodone", "aspirin", "foobarol", "Lamictal", "Ritalin", "theophylline"]
)


@given(st.lists(names, max_size=5), names)
def test_one_more_medication_never_turns_anything_into_a_no(listed, more):
    before = told_by([drug(name, 1) for name in listed], TABLE)
    after = told_by([drug(name, 1) for name in (*listed, more)], TABLE)
    for fact, value in after.items():
        if value is False:
            assert before[fact] is False
        if before[fact] is True:
            assert value is True


@pytest.mark.parametrize(
    "wrong",
    [{"name": ""}, {"name": "x" * 101}, {"name": "a\nb"}, {"name": "a", "dose": 0}, {"name": "a", "times": 25},
     {"name": "a", "per": "hour"}, {"name": "a", "unit": "barrel"}, {"name": "a", "color": "red"}],
)  # fmt: skip
def test_a_medication_that_is_none_is_refused(wrong):
    with pytest.raises(ValidationError):
        HealthAnswers.model_validate({"medications": [wrong]})


def test_ten_thousand_medications_are_refused():
    with pytest.raises(ValidationError):
        HealthAnswers.model_validate({"medications": [{"name": f"drug {n}"} for n in range(10_000)]})


def test_every_class_has_a_note_for_whoever_prescribes():
    for medicine in larkspur().medicines:
        assert len(notes_on(medicine.classes)) == len({note.split(":")[0] for note in notes_on(medicine.classes)})
        assert bool(notes_on(medicine.classes)) is bool(medicine.classes)
    assert notes_on(("OPIOID", "SEDATIVE")) == ("MED-03: sedation and shallow breathing are more likely.",)


IV, SPRAY = (Modality.IV_MOOD, Modality.IV_PAIN), (Modality.IV_MOOD, Modality.SPRAVATO_TRD)


@pytest.mark.parametrize(
    ("name", "rule", "kind"),
    [
        ("clarithromycin", "MED-08", "INFORMATION"), ("risperidone", "MED-09", "INFORMATION"),
        ("naltrexone", "MED-10", "INFORMATION"), ("Flonase", "MED-11", "INSTRUCTION"),
        ("metoprolol succinate ER 50", "MED-12", "INSTRUCTION"), ("Zoloft", "MED-13", "NO_INTERACTION"),
    ],
)  # fmt: skip
def test_what_changes_no_outcome_is_told_by_name(name, rule, kind):
    (note,) = notes_for((drug(name), drug("vitamin D")), TABLE, SPRAY)
    assert (note.kind, note.medicines, note.text.split(":")[0]) == (kind, (name,), rule)
    deciding = ("takes_maoi", "takes_stimulant", "takes_cns_depressant", "takes_benzodiazepine", "takes_lamotrigine")
    assert not any(told_by([drug(name)], TABLE)[fact] for fact in deciding)


@pytest.mark.parametrize("name", ["Nardil", "Adderall", "oxycodone", "Ambien", "Ativan", "Lamictal", "theophylline"])
def test_what_decides_is_a_rule_and_no_note(name):
    assert notes_for((drug(name),), TABLE, SPRAY) == ()


def test_a_nasal_spray_matters_to_nasal_sprays_only():
    nasal = (drug("Flonase"), drug("oxymetazoline"))
    assert notes_for(nasal, TABLE, IV) == instructions_for(nasal, TABLE, IV, "en") == ()
    (note,) = notes_for(nasal, TABLE, SPRAY)
    assert (note.medicines, "60 minutes" in note.text) == (("Flonase", "oxymetazoline"), True)


def test_what_cannot_be_looked_at_is_said_and_never_passes_for_nothing():
    (unlisted,) = notes_for(None, TABLE, IV)
    assert (unlisted.kind, "No list" in unlisted.text) == ("UNKNOWN", True)
    assert notes_for((), TABLE, IV) == (), "whoever takes nothing has said so"
    unknown, told = notes_for((drug("foobarol"), drug("clozapine")), TABLE, IV)
    assert (unknown.kind, unknown.medicines, told.medicines) == ("UNKNOWN", ("foobarol",), ("clozapine",))


def test_the_newest_list_counts_also_an_empty_one():
    lists = [{"medications": [{"name": "clozapine"}]}, {"medications": []}, {}, {"medications": "unknown"}]
    given = [answered(**one) for one in lists]
    assert newest_list(reversed(given)) == ()
    assert newest_list(given) == (Medication(name="clozapine"),)
    assert newest_list(given[2:]) is None


@pytest.mark.parametrize(
    ("language", "says"),
    [("en", "on the day"), ("es", "El día del tratamiento"), ("es-MX", "El día"), ("fr", "on the day"), (None, "on")],
)
def test_patients_are_told_in_their_language_what_to_do_on_the_day(language, says):
    (told,) = instructions_for((drug("lisinopril"), drug("Zoloft"), drug("clozapine")), TABLE, IV, language)
    assert says in told
    spaced = instructions_for((drug("lisinopril"), drug("Flonase")), TABLE, SPRAY, language)
    assert (len(spaced), told in spaced, any("60" in line for line in spaced)) == (2, True, True)
