"""Facts of somebody with depression and nothing against treatment."""

from shared.clinicfile.facts import VOCABULARY, FactValue

_ANSWERED: dict[str, FactValue] = {
    "age_years": 40, "weight_known": True, "height_known": True, "weight_age_days": 3, "bmi": 25.7,
    "sex_at_birth": "female", "could_be_pregnant": True, "negative_pregnancy_test_known": True,
    "pregnancy_test_age_days": 2, "pressure_reading_count": 1, "systolic_24h_max": 128, "diastolic_24h_max": 80,
    "primary_indication": "MDD_TRD", "failed_antidepressants": 2, "child_pugh": "NONE", "audit_c_points": 0,
    "escort_available": True, "under_clinician_care": True, "phq9_item9": 0,
    "resting_heart_rate": 68, "asa_class": 2, "cssrs_finished": False,
    "consent_known": True, "consent_age_days": 3, "site_certified": True, "rems_enrolled": True,
}  # fmt: skip
HEALTHY: dict[str, FactValue] = {name: False for name, fact in VOCABULARY.items() if fact.type == "bool"} | _ANSWERED

WITHOUT_QUALIFIER = {
    "could_be_pregnant", "pressure_reading_count", "addiction_plan", "hypertension_diagnosed", "sex_at_birth",
    "primary_indication", "cssrs_taken", "cssrs_low", "cssrs_moderate", "cssrs_high",
    "cssrs_finished",
}  # fmt: skip
"""Healthy answers elsewhere decide the rules that use these, or more than one fact is missing with them."""
