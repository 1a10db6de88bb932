"""What intake tells, by what it is about. Every answer leaves an audit row."""

from services.intake.queries.patients import (
    explain_screening,
    get_consent,
    get_newest_screening,
    get_order,
    get_patient,
    get_screening,
    list_open_concerns,
    search_patients,
)

__all__ = [
    "explain_screening", "get_consent", "get_newest_screening", "get_order", "get_patient", "get_screening",
    "list_open_concerns", "search_patients",
]  # fmt: skip
