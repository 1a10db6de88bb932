"""The vocabulary of facts that screening rules may use: one entry per fact with type, unit and meaning.

A fact that nobody told us is **left out** of the mapping given to the rules; it is never null, zero or "no". A value of
the wrong type, not finite or outside `low`..`high` counts as unknown too (`Fact.accepts`), so it asks a human.

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

    def finite_values(self) -> tuple[FactValue, ...]:
        """Every value the fact can have, if they can be listed; empty for numbers."""
        return (False, True) if self.type == "bool" else self.choices


def _yes_no(name: str, meaning: str, source: Source = "patient") -> Fact:
    return Fact(name, "bool", meaning, source)


def _count(name: str, unit: str, span: tuple[int, int], source: Source, meaning: str) -> Fact:
    return Fact(name, "int", meaning, source, unit, *span)


def _pressure(name: str, meaning: str) -> Fact:
    return Fact(name, "float", meaning, "derived", "mmHg", 20, 300)


_FACTS: Iterable[Fact] = (
    _count("age_years", "completed years", (0, 130), "derived", "Age on the clinic's local date (SCR-001)."),
    _yes_no("weight_known", "A weight is on record; always known (SCR-003).", "derived"),
    _yes_no("height_known", "A height is on record; always known (SCR-003).", "derived"),
    _count(
        "weight_age_days", "days", (0, 36_500), "derived",
        "Whole days since the latest weight was taken; unknown without a weight. Day 30 is still fine (SCR-003).",
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
    _yes_no("schizophrenia", "Schizophrenia or schizoaffective disorder (SCR-030)."),
    _yes_no("psychosis_current", "Hears, sees or believes things that others do not, now (SCR-030)."),
    _yes_no("psychosis_history", "Ever had an episode of psychosis, whatever its cause."),
    _yes_no("uncontrolled_hypertension_reported", "Says that a high blood pressure is not under control (SCR-040)."),
    _count(
        "pressure_reading_count", "readings", (1, 10_000), "derived",
        "Blood pressure readings on record; unknown when there is none (SCR-040).",
    ),
    _pressure(
        "run_mean_systolic_max",
        "Highest mean over any run of the latest two or more readings (latest 2, latest 3, ...); unknown with fewer"
        " than two readings (SCR-040).",
    ),
    _pressure("run_mean_diastolic_max", "The same for the diastolic pressure (SCR-040)."),
    _pressure(
        "systolic_24h_max",
        "Highest systolic reading of the last 24 h; unknown without a reading in that time (SCR-041, SCR-042).",
    ),
    _pressure("diastolic_24h_max", "The same for the diastolic pressure (SCR-041, SCR-042)."),
    _yes_no(
        "acute_symptoms_now",
        "Chest pain, breathlessness at rest, or new neurological or visual symptoms, now (SCR-042, SCR-047).",
    ),
    Fact("primary_indication", "choice", "What treatment is sought for (SCR-080).", "patient", choices=INDICATIONS),
    _count(
        "failed_antidepressants", "drugs", (0, 50), "patient",
        "Antidepressants taken long enough without response (SCR-080).",
    ),
    _count(
        "phq9_item9", "points 0-3", (0, 3), "derived",
        "Latest answer to item 9 of the PHQ-9; unknown if not answered, never 0 (A.6).",
    ),
    _yes_no("immediate_danger", "Says to be in immediate danger, or asks for help now (SCR-091)."),
)  # fmt: skip

VOCABULARY: dict[str, Fact] = {fact.name: fact for fact in _FACTS}
