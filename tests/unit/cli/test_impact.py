"""`stillwater apply --impact`: counts first, then who, by record number, and which rules come and go."""

from uuid import UUID

from cli.impact import Impact, Patient, lines_of

_RULE = {"rule_id": "SCR-057", "reason_code": "FIRED", "outcome": "DEFERRED"}
_OPEN = {"rule_id": "SCR-010", "reason_code": "INCOMPLETE", "outcome": "NEEDS_REVIEW"}
WORSE = {"modality": "IV_MOOD", "before": "ELIGIBLE", "after": "DEFERRED", "came": [_RULE], "went": []}
SAME = {"modality": "IV_PAIN", "before": "NEEDS_REVIEW", "after": "NEEDS_REVIEW", "came": [], "went": [_OPEN]}
NEW = {"modality": "SPRAVATO_TRD", "before": None, "after": "ELIGIBLE", "came": [], "went": []}


def test_a_patient_is_told_by_record_number_with_the_rules_that_come_and_go():
    patient = Patient(patient_id=UUID(int=1), record_number="000042", changes=[WORSE, SAME, NEW])
    assert patient.outcomes == ["IV_MOOD: ELIGIBLE -> DEFERRED", "SPRAVATO_TRD: not offered -> ELIGIBLE"]
    impact = Impact(
        hash="a" * 64, total=412, looked=412, other_outcome=1, other_reasons=3, patients=[patient],
        outcomes={"IV_MOOD: ELIGIBLE -> DEFERRED": 1}, undecided=[UUID(int=2)],
    )  # fmt: skip
    assert list(lines_of("larkspur.yaml", impact)) == [
        "larkspur.yaml (aaaaaaaaaaaa) is not applied: of 412 patients screened 1 would come to another outcome,"
        " 3 to the same for other reasons",
        "  IV_MOOD: ELIGIBLE -> DEFERRED: 1",
        "record 000042  IV_MOOD: ELIGIBLE -> DEFERRED; comes SCR-057 DEFERRED",
        "record 000042  IV_PAIN: NEEDS_REVIEW; goes SCR-010 NEEDS_REVIEW (open)",
        "record 000042  SPRAVATO_TRD: not offered -> ELIGIBLE",
        "patient 00000000-0000-0000-0000-000000000002 cannot be decided anew: look at their screening before you apply",
    ]
