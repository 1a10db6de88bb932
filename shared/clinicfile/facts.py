"""The vocabulary of facts that screening rules may use: one entry per fact with type, unit and meaning.

A fact that nobody told us is **left out** of the mapping given to the rules; it is never null, zero or "no". A value of
the wrong type, not finite or outside `low`..`high` counts as unknown too (`Fact.accepts`), so it asks a human.

What is too old still fires a rule but passes none; what was true of a day only is measured again before each dose, so
it still passes a rule but fires none (`Fact.keeps`, services/intake/domain/aging.py).

Where a fact comes from: `patient` answered it, `staff` measured or entered it, `derived` is computed by intake's domain
from those as its meaning says.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

FactValue = bool | int | float | str
FactType = Literal["bool", "int", "float", "choice"]
Source = Literal["patient", "staff", "derived"]
Keeps = Literal["day", "valid", "always"]

MOOD_INDICATIONS = ("MDD_TRD", "BIPOLAR_DEPRESSION", "SUICIDAL_IDEATION")
INDICATIONS = (
    *MOOD_INDICATIONS, "PTSD", "GAD", "OCD", "SUBSTANCE_USE_DISORDER", "FIBROMYALGIA", "NEUROPATHIC_PAIN", "CRPS",
    "MIGRAINE",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fact:
    """One word of the vocabulary. Numbers carry a unit and the range in which a value is plausible, both inclusive."""

    name: str
    type: FactType
    meaning: str
    source: Source
    unit: str | None = None
    low: float | None = None
    high: float | None = None
    choices: tuple[str, ...] = ()
    may_be_old: Keeps | None = None

    @property
    def keeps(self) -> Keeps:
        """How old it may be: of the `day`, as long as a screening is `valid`, or `always`, since its rule counts."""
        return self.may_be_old or ("always" if self.source == "derived" else "valid")

    def accepts(self, value: object) -> bool:
        """Whether a value may stand for this fact; anything else is treated as unknown."""
        if self.type == "bool":
            return isinstance(value, bool)
        if self.type == "choice":
            return isinstance(value, str) and value in self.choices
        if isinstance(value, bool) or not isinstance(value, int if self.type == "int" else (int, float)):
            return False
        return math.isfinite(value) and self._plausible(value)

    def _plausible(self, value: float) -> bool:
        return (self.low is None or value >= self.low) and (self.high is None or value <= self.high)

    def accepts_span(self, low: float, high: float) -> bool:
        """Whether every number from `low` to `high` is plausible for this fact."""
        return self._plausible(low) and self._plausible(high)

    def finite_values(self) -> tuple[FactValue, ...]:
        """Every value the fact can have, if they can be listed; empty for numbers."""
        return (False, True) if self.type == "bool" else self.choices


def _yes_no(name: str, meaning: str, source: Source = "patient", keeps: Keeps | None = None) -> Fact:
    return Fact(name, "bool", meaning, source, may_be_old=keeps)


def _count(
    name: str, unit: str, span: tuple[int, int], source: Source, meaning: str, keeps: Keeps | None = None
) -> Fact:
    return Fact(name, "int", meaning, source, unit, *span, may_be_old=keeps)


def _pressure(name: str, meaning: str, keeps: Keeps) -> Fact:
    return Fact(name, "float", meaning, "derived", "mmHg", 20, 300, may_be_old=keeps)


_GENERAL: Iterable[Fact] = (
    _count("age_years", "completed years", (0, 130), "derived", "Age on the clinic's local date (SCR-001)."),
    _yes_no("weight_known", "A weight is on record; always known (SCR-003).", "derived"),
    _yes_no("height_known", "A height is on record; always known (SCR-003).", "derived"),
    _count(
        "weight_age_days", "days", (0, 36_500), "derived",
        "Whole days since the latest weight was taken; unknown without a weight. Day 30 is still fine (SCR-003).",
    ),
    Fact(
        "bmi", "float", "Weight over height squared, the latest of each, not rounded; unknown without both (SCR-004).",
        "derived", "kg/m²", 12, 60,
    ),
    Fact(
        "sex_at_birth", "choice", "Sex at birth as registered, which may be unknown (SCR-063).", "derived",
        choices=("female", "male", "other", "unknown"),
    ),
    _yes_no("allergy_ketamine", "Allergy to ketamine, esketamine or an excipient (SCR-010)."),
    _yes_no("aneurysmal_disease", "Aneurysm of aorta, brain or peripheral vessels (SCR-011)."),
    _yes_no("arteriovenous_malformation", "An arteriovenous malformation, anywhere (SCR-012)."),
    _yes_no("intracerebral_haemorrhage", "Ever a bleed in the brain (SCR-013)."),
    _yes_no(
        "could_be_pregnant",
        "True unless sex at birth is male or the patient's own answer rules it out; always true when the patient says"
        " to be pregnant; unknown when neither sex nor answer is known (SCR-020).",
        "derived",
    ),
    _yes_no("pregnant", "Pregnant now; unknown if not asked (SCR-020)."),
    _yes_no("negative_pregnancy_test_known", "A negative test is on record; always known (SCR-021).", "derived"),
    _count(
        "pregnancy_test_age_days", "days", (0, 36_500), "derived",
        "Days since the latest negative pregnancy test; unknown without one. Day 7 is still fine (SCR-021).",
    ),
    _yes_no("late_menses", "The menses are late; then only a test of today counts (SCR-021)."),
    _yes_no("breastfeeding", "Breastfeeding now; unknown if not asked, no for a male at birth (SCR-022)."),
    _yes_no("schizophrenia", "Schizophrenia or schizoaffective disorder (SCR-030)."),
    _yes_no("psychosis_current", "Hears, sees or believes things that others do not, now (SCR-030)."),
    _yes_no("psychosis_history", "Ever had an episode of psychosis, whatever its cause."),
    _yes_no("mania_current", "Mania, hypomania or a mixed episode, now (SCR-032)."),
    _yes_no("bipolar_disorder", "Bipolar disorder, diagnosed at any time (SCR-033)."),
    _yes_no("mdq_positive", "The Mood Disorder Questionnaire is positive (SCR-033)."),
    _yes_no("dementia_or_delirium", "Dementia, or a delirium now or lately (SCR-034)."),
    _yes_no("capacity_in_doubt", "It is in doubt whether the patient can consent alone (SCR-034)."),
    _yes_no("uncontrolled_hypertension_reported", "Says that a high blood pressure is not under control (SCR-040)."),
    _count(
        "pressure_reading_count", "readings", (1, 10_000), "derived",
        "Blood pressure readings on record; unknown when there is none (SCR-040).", "valid",
    ),
    _pressure(
        "run_mean_systolic_max",
        "Highest mean over any run of the latest two or more readings (latest 2, latest 3, ...); unknown with fewer"
        " than two readings (SCR-040).",
        "valid",
    ),
    _pressure("run_mean_diastolic_max", "The same for the diastolic pressure (SCR-040).", "valid"),
    _pressure(
        "systolic_24h_max",
        "Highest systolic reading of the last 24 h; unknown without a reading in that time (SCR-041, SCR-042).",
        "day",
    ),
    _pressure("diastolic_24h_max", "The same for the diastolic pressure (SCR-041, SCR-042).", "day"),
    _yes_no(
        "acute_symptoms_now",
        "Chest pain, breathlessness at rest, or new neurological or visual symptoms, now (SCR-042, SCR-047).",
    ),
    _yes_no("hypertension_diagnosed", "A high blood pressure was diagnosed at any time, treated or not."),
    _yes_no(
        "cardiac_event",
        "Ever a heart attack, unstable angina, stroke, TIA or an opened or bypassed vessel (SCR-043, SCR-044).",
    ),
    _count(
        "cardiac_event_age_days", "days", (0, 36_500), "derived",
        "Days since the latest such event; unknown without its date. Below 42 is too early (SCR-043).",
    ),
    _yes_no(
        "cardiovascular_disease",
        "Stable coronary disease, controlled heart failure, valve or conduction disease (SCR-044).",
    ),
    _yes_no("hypertensive_encephalopathy", "Ever a hypertensive encephalopathy (SCR-044)."),
    _yes_no(
        "severe_cardiovascular_disease",
        "Decompensated heart failure, unstable arrhythmia or severe aortic stenosis (SCR-045).",
    ),
    _yes_no("rhythm_therapy", "Treated for an arrhythmia, or with a known long QT (SCR-046)."),
    _count(
        "resting_heart_rate", "per minute", (20, 300), "staff",
        "Latest heart rate at rest that staff measured; unknown without one (SCR-046).",
    ),
    _count(
        "asa_class", "class", (1, 6), "staff",
        "Physical status after the ASA, as staff judged it last; unknown before (SCR-083).",
    ),
    Fact("primary_indication", "choice", "What treatment is sought for (SCR-080).", "patient", choices=INDICATIONS),
    _count(
        "failed_antidepressants", "drugs", (0, 50), "patient",
        "Antidepressants taken long enough without response (SCR-080).",
    ),
    _count(
        "phq9_item9", "points", (0, 3), "derived",
        "Latest answer to item 9 of the PHQ-9; unknown if not answered, never 0 (A.6).", "valid",
    ),
    _yes_no("cssrs_taken", "A Columbia screener is on record; always known (SCR-090).", "derived"),
    _yes_no(
        "cssrs_finished",
        "The latest Columbia screener is answered as a whole, and no PHQ-9 came after it; always known (A.6).",
        "derived",
    ),
    _yes_no(
        "cssrs_low",
        "A yes to its questions 1 or 2; unknown while one of them has no answer and none is a yes (A.6, SCR-090).",
        "derived",
    ),
    _yes_no("cssrs_moderate", "The same of question 3, or of question 6 about the lifetime (SCR-090).", "derived"),
    _yes_no("cssrs_high", "The same of questions 4 and 5, or of question 6 about 3 months (SCR-090).", "derived"),
    _yes_no("immediate_danger", "Says to be in immediate danger, or asks for help now (SCR-091)."),
)  # fmt: skip

_BODY: Iterable[Fact] = (
    _yes_no("raised_intracranial_pressure", "A mass, hydrocephalus or recent head trauma, now (SCR-050)."),
    _yes_no("raised_eye_pressure", "A raised pressure in the eye or an uncontrolled glaucoma (SCR-051)."),
    _yes_no("open_globe", "An open injury of the eye (SCR-051)."),
    _yes_no("uncontrolled_seizures", "Seizures that are not under control (SCR-052)."),
    Fact(
        "child_pugh", "choice", "Class of liver disease; NONE without a liver disease (SCR-053, SCR-054).", "patient",
        choices=("NONE", "A", "B", "C"),
    ),
    _yes_no("hepatitis", "A hepatitis, now or chronic (SCR-055)."),
    _yes_no("heavy_alcohol", "Drinks heavily (SCR-055)."),
    _yes_no(
        "high_dose_course",
        "Said that a course of high and frequent doses is meant; no until somebody says so, always known (SCR-055).",
        "derived",
    ),
    _yes_no("untreated_hyperthyroidism", "An overactive thyroid that is not treated (SCR-056)."),
    _yes_no("bladder_trouble", "Ever a cystitis, blood in the urine or a painful bladder (SCR-057)."),
    _yes_no(
        "severe_breathing_disorder",
        "Severe COPD on oxygen, severe untreated sleep apnoea or an abnormal airway (SCR-058).",
    ),
)  # fmt: skip

_SUBSTANCES: Iterable[Fact] = (
    _yes_no("substance_misuse_active", "Misuses or depends on a substance now (SCR-060)."),
    _yes_no("addiction_plan", "Has a plan of addiction treatment (SCR-060, SCR-061)."),
    _yes_no("ketamine_misuse", "Ever misused ketamine or PCP (SCR-062)."),
    _count("audit_c_points", "points", (0, 12), "patient", "Points of the AUDIT-C (SCR-063)."),
    _yes_no("intoxicated_now", "Intoxicated today (SCR-064).", keeps="day"),
    _yes_no("consent_known", "A treatment consent was signed and not revoked; always known (SCR-071).", "derived"),
    _count(
        "consent_age_days", "days", (0, 36_500), "derived",
        "Whole days since the latest such consent was signed; unknown without one. Day 365 is still fine (SCR-071).",
    ),
    _yes_no(
        "site_certified", "The clinic's file names its certificate for nasal sprays; always known (SCR-072).", "derived"
    ),
    _yes_no(
        "rems_enrolled",
        "Enrolled in the safety programme of the nasal spray; unknown until somebody recorded it (SCR-072).", "derived",
    ),
    _yes_no("escort_available", "An adult can come along and take the patient home (SCR-070)."),
    _yes_no("under_clinician_care", "Is cared for by a mental-health or pain clinician (SCR-082)."),
    _yes_no("takes_maoi", "Takes an MAOI (MED-01)."),
    _yes_no("takes_stimulant", "Takes amphetamine, methylphenidate, modafinil or armodafinil (MED-02)."),
    _yes_no("takes_cns_depressant", "Takes an opioid or a sedative other than a benzodiazepine (MED-03)."),
    _yes_no("alcohol_today", "Drank alcohol today (MED-03).", keeps="day"),
    _yes_no("takes_benzodiazepine", "Takes a benzodiazepine (MED-03, MED-04)."),
    Fact(
        "benzodiazepine_mg", "float", "Daily benzodiazepines as diazepam (MED-04).", "patient", "mg", 0, 1_000
    ),
    _yes_no("takes_lamotrigine", "Takes lamotrigine (MED-06)."),
    _yes_no("takes_theophylline", "Takes theophylline or aminophylline (MED-07)."),
)  # fmt: skip

VOCABULARY: dict[str, Fact] = {fact.name: fact for fact in (*_GENERAL, *_BODY, *_SUBSTANCES)}
