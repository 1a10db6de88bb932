"""Domain A.2, A.3, A.6 and A.8 as a table: what each rule makes of every modality, and vectors around each limit.

Tests compare the rules with it, and `make test-mutants` sees whether a rule that was changed a little still fits.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from shared.clinicfile.facts import FactValue
from shared.clinicfile.ruleset import Rule
from shared.events.parts import Modality, Outcome
from shared.rules import CompiledRules, Verdict
from tests.unit.rules.facts import HEALTHY

LETTERS = {
    "E": Outcome.EMERGENCY, "I": Outcome.INELIGIBLE, "D": Outcome.DEFERRED, "R": Outcome.NEEDS_REVIEW,
    "i": Outcome.ELIGIBLE,
}  # fmt: skip
"""i is for information (MED-05); a dash stands for no effect."""
OUTCOMES = {
    "SCR-001": "IIII", "SCR-002": "RRRR", "SCR-003": "DD--", "SCR-004": "RR--", "SCR-010": "IIII", "SCR-011": "IIII",
    "SCR-012": "IIII", "SCR-013": "IIII", "SCR-020": "IIII", "SCR-021": "DDDD", "SCR-022": "RRII", "SCR-030": "IIRR",
    "SCR-031": "RRRR", "SCR-032": "DDDD", "SCR-033": "RRRR", "SCR-034": "IIII", "SCR-040": "DDDD", "SCR-041": "RRRR",
    "SCR-042": "DDDD", "SCR-042E": "EEEE", "SCR-043": "DDDD", "SCR-044": "RRRR", "SCR-045": "IIRR", "SCR-046": "RRRR",
    "SCR-047": "EEEE", "SCR-050": "IIRR", "SCR-051": "RRRR", "SCR-051G": "IIRR", "SCR-052": "RRRR", "SCR-053": "IIII",
    "SCR-054": "RRRR", "SCR-055": "RR--", "SCR-056": "DDRR", "SCR-057": "RRRR", "SCR-058": "RRRR", "SCR-060": "DDRR",
    "SCR-061": "RRII", "SCR-062": "RRRR", "SCR-063": "RRRR", "SCR-064": "DDDD", "SCR-070": "DDDD", 
    "SCR-071": "DDDD", "SCR-072": "--DD", "SCR-080": "RRR-",
    "SCR-081": "R---", "SCR-081P": "-R--", "SCR-081S": "--I-", "SCR-081M": "---I", "SCR-082": "RRRR",
    "SCR-083": "RRRR", "SCR-090": "EEEE", "SCR-090M": "RRRR", "SCR-090L": "RRRR", "SCR-090T": "RRRR",
    "SCR-091": "EEEE", "PHQ9-ITEM9-1": "RRRR", "PHQ9-ITEM9-2": "RRRR", "PHQ9-ITEM9-3": "EEEE",
    "MED-01": "RRRR", "MED-02": "RRRR", "MED-03": "RRRR", "MED-03A": "DDDD", "MED-04": "RRRR", "MED-05": "iiii",
    "MED-06": "RRRR", "MED-07": "RRRR",
    "LRK-001": "II--", "NFD-001": "II--", "CST-001": "RRR-",
}  # fmt: skip
"""Rule -> outcome for IV_MOOD, IV_PAIN, SPRAVATO_TRD, SPRAVATO_MDSI."""
UNKNOWN = dict.fromkeys(("SCR-003", "SCR-071", "SCR-072"), Outcome.DEFERRED)
"""Rules that DEFER when a fact is unknown (A.8); the others are looked at."""
RECHECKED = {"SCR-040": 14, "SCR-042": 14, "SCR-043": 42, "SCR-064": 1, "MED-03A": 1}
"""Rule -> days after which to look again."""
CONCERNS = {
    "SCR-042E": "HIGH", "SCR-047": "HIGH", "SCR-091": "HIGH", "PHQ9-ITEM9-1": "MODERATE", "PHQ9-ITEM9-2": "MODERATE",
    "PHQ9-ITEM9-3": "HIGH",
}  # fmt: skip
"""Rule -> risk of the safety concern that it opens (A.6)."""


@dataclass(frozen=True)
class Vector:
    """Facts that differ from somebody healthy, None for unknown; the shared rules that fire, and those left open."""

    facts: Mapping[str, FactValue | None]
    fired: frozenset[str]
    open: frozenset[str]

    @property
    def known(self) -> dict[str, FactValue]:
        return {name: value for name, value in {**HEALTHY, **self.facts}.items() if value is not None}

    def wants(self, rule_id: str) -> Verdict:
        if rule_id in self.open:
            return Verdict.INCOMPLETE
        return Verdict.FIRED if rule_id in self.fired else Verdict.PASSED

    def __str__(self) -> str:
        return ", ".join(f"{name}={value}" for name, value in self.facts.items()) or "healthy"


def _fires(*rules: str, **facts: FactValue | None) -> Vector:
    """Depression is no indication of the pain programmes, and pain none of the others: told by `primary_indication`."""
    return Vector(facts, frozenset(rules) | _indication(facts), frozenset())


def _open(*rules: str, fires: tuple[str, ...] = (), **facts: FactValue | None) -> Vector:
    indication = _indication(facts) if facts.get("primary_indication", "MDD_TRD") is not None else frozenset()
    return Vector(facts, frozenset(fires) | indication, frozenset(rules))


_PAIN = ("FIBROMYALGIA", "NEUROPATHIC_PAIN", "CRPS", "MIGRAINE")
_MODALITIES_OF = {
    "MDD_TRD": "SCR-081P", "SUICIDAL_IDEATION": "SCR-081P SCR-081S",
    **dict.fromkeys(("BIPOLAR_DEPRESSION", "PTSD", "GAD", "OCD", "SUBSTANCE_USE_DISORDER"),
                    "SCR-081P SCR-081S SCR-081M"),
    **dict.fromkeys(_PAIN, "SCR-081 SCR-081S SCR-081M"),
}  # fmt: skip


def _indication(facts: Mapping[str, FactValue | None]) -> frozenset[str]:
    return frozenset(_MODALITIES_OF[str(facts.get("primary_indication", "MDD_TRD"))].split())


RUN, EVENT = {"pressure_reading_count": 2}, {"cardiac_event": True}
BENZO, SUD = {"takes_benzodiazepine": True}, "SUBSTANCE_USE_DISORDER"
TEST = {"could_be_pregnant": True, "negative_pregnancy_test_known": True}
VECTORS = (
    _fires(),
    _fires("SCR-001", age_years=17),
    _fires(age_years=18),
    _fires(age_years=64),
    _fires("SCR-002", age_years=65),
    _fires("SCR-002", age_years=66),
    _fires("SCR-003", weight_known=False),
    _fires("SCR-003", height_known=False),
    _fires(weight_age_days=30),
    _fires("SCR-003", weight_age_days=31),
    _fires(bmi=29.0),
    _fires(bmi=29.999),
    _fires("SCR-004", bmi=30.0),
    _fires("SCR-004", bmi=30.5),
    _fires("SCR-010", allergy_ketamine=True),
    _fires("SCR-011", aneurysmal_disease=True),
    _fires("SCR-012", arteriovenous_malformation=True),
    _fires("SCR-013", intracerebral_haemorrhage=True),
    _fires("SCR-020", pregnant=True),
    _fires(could_be_pregnant=False, pregnant=None, pregnancy_test_age_days=None, late_menses=None),
    _fires(could_be_pregnant=False, pregnant=True),
    _fires(pregnancy_test_age_days=7),
    _fires("SCR-021", pregnancy_test_age_days=8),
    _fires("SCR-021", negative_pregnancy_test_known=False),
    _fires(negative_pregnancy_test_known=False, could_be_pregnant=False),
    _fires("SCR-021", **TEST, pregnancy_test_age_days=1, late_menses=True),
    _fires(**TEST, pregnancy_test_age_days=0, late_menses=True),
    _fires(**TEST, pregnancy_test_age_days=0, late_menses=None),
    _open("SCR-021", **TEST, pregnancy_test_age_days=1, late_menses=None),
    _fires("SCR-022", breastfeeding=True),
    _fires("SCR-022", breastfeeding=True, sex_at_birth="male"),
    _open("SCR-022", breastfeeding=None),
    _fires("SCR-030", schizophrenia=True),
    _fires("SCR-030", psychosis_current=True),
    _fires("SCR-031", psychosis_history=True),
    _fires("SCR-032", mania_current=True),
    _fires("SCR-033", bipolar_disorder=True),
    _fires("SCR-033", mdq_positive=True),
    _fires("SCR-033", primary_indication="BIPOLAR_DEPRESSION"),
    _fires("SCR-034", dementia_or_delirium=True),
    _fires("SCR-034", capacity_in_doubt=True),
    _fires("SCR-040", uncontrolled_hypertension_reported=True),
    _fires(**RUN, run_mean_systolic_max=140.0, run_mean_diastolic_max=90.0),
    _fires("SCR-040", **RUN, run_mean_systolic_max=140.5, run_mean_diastolic_max=90.0),
    _fires("SCR-040", **RUN, run_mean_systolic_max=120.0, run_mean_diastolic_max=90.5),
    _fires(pressure_reading_count=1, run_mean_systolic_max=150.0, run_mean_diastolic_max=95.0),
    _open("SCR-040", **RUN),
    _fires(systolic_24h_max=140.0, diastolic_24h_max=90.0),
    _fires("SCR-041", systolic_24h_max=140.5),
    _fires("SCR-041", systolic_24h_max=141.0, diastolic_24h_max=90.0),
    _fires("SCR-041", systolic_24h_max=140.0, diastolic_24h_max=90.5),
    _fires("SCR-041", systolic_24h_max=179.0, diastolic_24h_max=119.0),
    _fires("SCR-041", systolic_24h_max=179.5, diastolic_24h_max=119.5),
    _fires("SCR-042", systolic_24h_max=180.0),
    _fires("SCR-042", systolic_24h_max=180.5, diastolic_24h_max=100.0),
    _fires("SCR-042", systolic_24h_max=182.0, diastolic_24h_max=100.0),
    _fires("SCR-042", systolic_24h_max=130.0, diastolic_24h_max=120.0),
    _fires("SCR-042", systolic_24h_max=130.0, diastolic_24h_max=120.5),
    _fires("SCR-042", "SCR-042E", "SCR-047", systolic_24h_max=180.0, acute_symptoms_now=True),
    _fires("SCR-041", "SCR-047", systolic_24h_max=179.5, acute_symptoms_now=True),
    _fires("SCR-042", "SCR-042E", "SCR-047", diastolic_24h_max=120.0, acute_symptoms_now=True),
    _fires("SCR-041", "SCR-047", diastolic_24h_max=119.5, acute_symptoms_now=True),
    _fires("SCR-047", acute_symptoms_now=True),
    _open("SCR-042E", "SCR-047", fires=("SCR-042",), systolic_24h_max=182.0, acute_symptoms_now=None),
    _open("SCR-041", "SCR-042", systolic_24h_max=None),
    _open("SCR-041", "SCR-042", "SCR-042E", "SCR-047", diastolic_24h_max=None, acute_symptoms_now=None),
    _fires("SCR-043", **EVENT, cardiac_event_age_days=0),
    _fires("SCR-043", **EVENT, cardiac_event_age_days=41),
    _fires("SCR-044", **EVENT, cardiac_event_age_days=42),
    _fires("SCR-044", **EVENT, cardiac_event_age_days=43),
    _fires("SCR-044", **EVENT, cardiac_event_age_days=90),
    _fires(cardiac_event=False, cardiac_event_age_days=10),
    _fires(cardiac_event=False, cardiac_event_age_days=50),
    _open("SCR-043", "SCR-044", **EVENT),
    _fires("SCR-044", cardiovascular_disease=True),
    _fires("SCR-044", hypertensive_encephalopathy=True),
    _fires("SCR-045", severe_cardiovascular_disease=True),
    _fires(hypertension_diagnosed=True),
    _fires("SCR-046", rhythm_therapy=True),
    _fires(resting_heart_rate=110),
    _fires("SCR-046", resting_heart_rate=111),
    _fires(resting_heart_rate=50),
    _fires("SCR-046", resting_heart_rate=49),
    _open("SCR-046", resting_heart_rate=None),
    _fires("SCR-046", resting_heart_rate=None, rhythm_therapy=True),
    _fires("SCR-050", raised_intracranial_pressure=True),
    _fires("SCR-051", raised_eye_pressure=True),
    _fires("SCR-051G", open_globe=True),
    _fires("SCR-052", uncontrolled_seizures=True),
    _fires(child_pugh="A"),
    _fires("SCR-054", child_pugh="B"),
    _fires("SCR-053", child_pugh="C"),
    _fires("SCR-055", hepatitis=True),
    _fires("SCR-055", heavy_alcohol=True),
    _fires("SCR-055", high_dose_course=True),
    _fires("SCR-056", untreated_hyperthyroidism=True),
    _fires("SCR-057", bladder_trouble=True),
    _fires("SCR-058", severe_breathing_disorder=True),
    _fires("SCR-060", substance_misuse_active=True),
    _fires(substance_misuse_active=True, addiction_plan=True),
    _open("SCR-060", substance_misuse_active=True, addiction_plan=None),
    _fires(addiction_plan=None),
    _fires("SCR-060", primary_indication=SUD),
    _fires("SCR-061", primary_indication=SUD, addiction_plan=True),
    _open("SCR-060", "SCR-061", primary_indication=SUD, addiction_plan=None),
    _fires("SCR-062", ketamine_misuse=True),
    _fires(audit_c_points=2),
    _fires("SCR-063", audit_c_points=3),
    _fires("SCR-063", audit_c_points=3, sex_at_birth="unknown"),
    _fires("SCR-063", audit_c_points=3, sex_at_birth="other"),
    _fires(audit_c_points=3, sex_at_birth="male"),
    _fires("SCR-063", audit_c_points=4, sex_at_birth="male"),
    _fires("SCR-063", audit_c_points=5, sex_at_birth="male"),
    _fires("SCR-064", intoxicated_now=True),
    _fires("SCR-070", escort_available=False),
    _fires("SCR-071", consent_known=False),
    _fires(consent_age_days=365),
    _fires("SCR-071", consent_age_days=366),
    _open("SCR-071", consent_age_days=None),
    _fires("SCR-072", site_certified=False),
    _fires("SCR-072", rems_enrolled=False),
    _open("SCR-072", rems_enrolled=None),
    _fires(failed_antidepressants=2),
    _fires("SCR-080", failed_antidepressants=1),
    _fires("SCR-080", "SCR-033", failed_antidepressants=1, primary_indication="BIPOLAR_DEPRESSION"),
    _fires("SCR-080", "SCR-090T", failed_antidepressants=1, primary_indication="SUICIDAL_IDEATION"),
    _fires("SCR-090T", primary_indication="SUICIDAL_IDEATION"),
    *(_fires(failed_antidepressants=0, primary_indication=pain) for pain in _PAIN),
    *(_fires(failed_antidepressants=0, primary_indication=sought) for sought in ("PTSD", "GAD", "OCD")),
    _fires(failed_antidepressants=None, primary_indication="OCD"),
    _open("SCR-080", failed_antidepressants=None),
    _fires("SCR-082", under_clinician_care=False),
    _fires(asa_class=2),
    _fires("SCR-083", asa_class=3),
    _fires("SCR-083", asa_class=4),
    _open("SCR-083", asa_class=None),
    _fires(cssrs_taken=True),
    _fires(cssrs_taken=False, cssrs_low=True, cssrs_moderate=True, cssrs_high=True),
    _fires("SCR-090L", cssrs_taken=True, cssrs_low=True),
    _fires("SCR-090M", cssrs_taken=True, cssrs_moderate=True),
    _fires("SCR-090", "SCR-090L", cssrs_taken=True, cssrs_low=True, cssrs_high=True),
    _open("SCR-090", fires=("SCR-090M",), cssrs_taken=True, cssrs_moderate=True, cssrs_high=None),
    _fires("PHQ9-ITEM9-1", phq9_item9=1),
    _fires("PHQ9-ITEM9-2", phq9_item9=2),
    _fires("PHQ9-ITEM9-3", phq9_item9=3),
    _fires("PHQ9-ITEM9-1", phq9_item9=1, cssrs_finished=True),
    _fires("PHQ9-ITEM9-2", phq9_item9=2, cssrs_finished=True),
    _fires("SCR-090T", phq9_item9=3, cssrs_finished=True),
    _open("PHQ9-ITEM9-1", "PHQ9-ITEM9-2", "PHQ9-ITEM9-3", phq9_item9=None),
    _fires("SCR-091", "SCR-020", immediate_danger=True, pregnant=True),
    _fires("MED-01", takes_maoi=True),
    _fires("MED-02", takes_stimulant=True),
    _fires("MED-03", takes_cns_depressant=True),
    _fires("MED-03A", alcohol_today=True),
    _fires("MED-03", "MED-05", **BENZO, benzodiazepine_mg=7.0),
    _fires("MED-03", "MED-05", **BENZO, benzodiazepine_mg=8.0),
    _fires("MED-03", "MED-04", **BENZO, benzodiazepine_mg=8.5),
    _fires("MED-03", "MED-04", **BENZO, benzodiazepine_mg=20.0),
    _open("MED-04", "MED-05", fires=("MED-03",), **BENZO),
    _fires(benzodiazepine_mg=20.0),
    _fires(benzodiazepine_mg=1.0),
    _fires("MED-06", takes_lamotrigine=True),
    _fires("MED-07", takes_theophylline=True),
)


_OWN = {
    "LRK-001": {"psychosis_history"},
    "NFD-001": {"severe_cardiovascular_disease"},
    "CST-001": {
        "cardiac_event", "cardiovascular_disease", "severe_cardiovascular_disease", "hypertension_diagnosed",
    },
}  # fmt: skip
"""Rules of single clinics: each fires on a yes to any of these."""


def wanted(vector: Vector, rule_id: str) -> Verdict:
    """What a rule, shared or a clinic's own, is to say of a vector."""
    if rule_id in _OWN:
        return Verdict.FIRED if any(vector.known.get(name) is True for name in _OWN[rule_id]) else Verdict.PASSED
    return vector.wants(rule_id)


def outcomes(rule_id: str) -> dict[Modality, Outcome]:
    return {m: LETTERS[letter] for m, letter in zip(Modality, OUTCOMES[rule_id], strict=True) if letter != "-"}


def misfits(rule: Rule, vectors: Sequence[Vector] = VECTORS) -> Iterator[str]:
    """Everything in which a rule differs from the table."""
    if rule.outcome != outcomes(rule.id):
        yield "has other outcomes"
    if rule.unknown is not UNKNOWN.get(rule.id, Outcome.NEEDS_REVIEW):
        yield "makes something else of an unknown fact"
    if (rule.recheck_after_days, rule.concern) != (RECHECKED.get(rule.id), CONCERNS.get(rule.id)):
        yield "is looked at again, or opens a concern, otherwise"
    program = CompiledRules([rule])
    for vector in vectors:
        verdict = program.evaluate(vector.known)[0].verdict
        if verdict is not wanted(vector, rule.id):
            yield f"{verdict} for {vector}"
