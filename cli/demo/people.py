"""The people of the story. All invented; the numbers are of the range kept for fiction."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

Json = dict[str, Any]

_ASKED = (
    "allergy_ketamine", "aneurysmal_disease", "arteriovenous_malformation", "intracerebral_haemorrhage",
    "pregnancy_possible", "pregnant", "schizophrenia", "psychosis_current", "psychosis_history",
    "late_menses", "uncontrolled_hypertension_reported", "acute_symptoms_now", "immediate_danger",
    "breastfeeding", "mania_current", "bipolar_disorder", "mdq_positive", "dementia_or_delirium", "capacity_in_doubt",
    "hypertension_diagnosed", "cardiac_event", "cardiovascular_disease", "hypertensive_encephalopathy",
    "severe_cardiovascular_disease", "rhythm_therapy", "raised_intracranial_pressure", "raised_eye_pressure",
    "open_globe", "uncontrolled_seizures", "hepatitis", "heavy_alcohol", "untreated_hyperthyroidism", "bladder_trouble",
    "severe_breathing_disorder", "substance_misuse_active", "ketamine_misuse", "intoxicated_now", "takes_maoi",
    "takes_stimulant", "takes_cns_depressant", "alcohol_today", "takes_benzodiazepine", "takes_lamotrigine",
    "takes_theophylline",
)  # fmt: skip
ANSWERS: Json = {
    **dict.fromkeys(_ASKED, "no"), "primary_indication": "MDD_TRD", "failed_antidepressants": 2, "child_pugh": "NONE",
    "audit_c_points": 1, "escort_available": "yes", "under_clinician_care": "yes",
}  # fmt: skip


@dataclass(frozen=True)
class Person:
    """Somebody who asks for help. `pressures` are mmHg; `phq9` are the points of items 1 to 9."""

    given_name: str
    family_name: str
    phone: str
    email: str
    birth_date: date
    sex_at_birth: str = "female"
    preferred_name: str | None = None
    address: Json | None = None
    allergies: tuple[str, ...] = ()
    preferred_time: str = "mornings"
    message: str = "I would like to know whether this could help me."
    pressures: tuple[tuple[int, int], ...] = ((122, 78),)
    phq9: tuple[int, ...] = (2, 3, 2, 2, 1, 2, 1, 1, 0)
    weight_kg: str = "70"
    height_cm: str = "165"
    answers: Json = field(default_factory=lambda: dict(ANSWERS))
    escort: Json = field(default_factory=lambda: {"name": "Linden Vale", "phone": "+12085550117"})

    @property
    def legal_name(self) -> str:
        return f"{self.given_name} {self.family_name}"

    def reach(self) -> Json:
        """Contact with consent to texts and e-mail about care."""
        given = {"purpose": "CARE", "granted": True}
        texts = given | {"channel": "SMS", "wording_version": "care-texts.1"}
        mail = given | {"channel": "EMAIL", "wording_version": "care-mail.1"}
        return {"phone": self.phone, "email": self.email, "consents": [texts, mail]}

    def lead(self) -> Json:
        """The web form."""
        return self.reach() | {
            "given_name": self.given_name, "family_name": self.family_name,
            "preferred_time": self.preferred_time, "message": self.message,
        }  # fmt: skip

    def registration(self, lead_id: str, clinic_id: str) -> Json:
        """What the front desk enters."""
        return self.reach() | {
            "lead_id": lead_id, "clinic_id": clinic_id, "legal_given_name": self.given_name,
            "legal_family_name": self.family_name, "preferred_name": self.preferred_name,
            "birth_date": self.birth_date.isoformat(), "sex_at_birth": self.sex_at_birth, "address": self.address,
            "allergies": list(self.allergies),
        }  # fmt: skip


@dataclass(frozen=True)
class Cast:
    """Who is in the story: one who is treated, one whose pressure is too high, one who is in danger."""

    treated: Person
    deferred: Person
    endangered: Person
    review_note: str = "History and goals discussed; suitable for the mood series."


CAST = Cast(
    treated=Person(
        "Juniper", "Vale", "+12085550114", "juniper.vale@example.org", date(1986, 4, 9), preferred_name="June",
        address={"line": "12 Chokecherry Lane", "city": "Boise", "state": "ID", "postal_code": "83702"},
        allergies=("penicillin",),
    ),
    deferred=Person(
        "Rowan", "Pike", "+12085550115", "rowan.pike@example.org", date(1979, 10, 2), sex_at_birth="male",
        pressures=((152, 96), (148, 94)), phq9=(2, 2, 1, 2, 1, 1, 1, 0, 0), weight_kg="82", height_cm="178",
    ),
    endangered=Person(
        "Wren", "Halloway", "+12085550116", "wren.halloway@example.org", date(1994, 1, 23),
        phq9=(3, 3, 3, 2, 2, 3, 2, 1, 3),
    ),
)  # fmt: skip
