"""A clinic file as the API description shows it: one of everything. A whole one words every message of the plan."""

from typing import Any

SMALL_CLINIC: dict[str, Any] = {
    "organisation": "wellmeadow",
    "clinic": "larkspur",
    "display_name": "Larkspur Clinic",
    "zone": "America/Boise",
    "locations": [
        {
            "id": "main", "name": "Larkspur Clinic", "address": "418 Sagebrush Court, Boise, ID 83702",
            "phone": "+12085550142", "chairs": [{"id": "chair-1", "name": "Chair 1"}],
            "hours": {"mon": {"opens": "08:00", "closes": "17:00"}, "thu": {"opens": "08:00", "closes": "17:00"}},
        }
    ],
    "protocols": [
        {
            "id": "IV_MOOD_6", "modality": "IV_MOOD", "name": "Mood, six sessions", "indications": ["MDD_TRD"],
            "course": {
                "sessions": 6, "patterns": [["mon", "thu"]], "min_gap_hours": 48, "max_gap_days": 7,
                "window_days": [12, 21],
            },
            "dose": {"start_mg_per_kg": "0.5", "min_mg_per_kg": "0.1", "hard_stop_mg_per_kg": "1.0"},
        }
    ],
    "rule_set": "general-2026.11",
    "rules": [
        {
            "id": "SCR-010", "when": "pregnant", "needs": ["pregnant"], "outcome": {"IV_MOOD": "INELIGIBLE"},
            "reason": "Pregnancy.", "patient_reason": "This treatment is not given during pregnancy.",
            "examples": [
                {"facts": {"pregnant": True}, "outcome": "INELIGIBLE"},
                {"facts": {"pregnant": False}, "outcome": "PASS"},
            ],
        }
    ],
    "on_call": {"ladder": [{"name": "Avery Kestrel", "role": "Medical director", "email": "kestrel@larkspur.example"}]},
    "prices": {"session_cents": {"IV_MOOD_6": 45000}},
    "messages": {
        "sender_name": "Larkspur Clinic",
        "templates": {"N05.email": "Hello {given_name}, your visit at {sender} is {day} at {time}, {place}. {link}"},
    },
}  # fmt: skip
