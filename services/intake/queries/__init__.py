"""What intake tells, by what it is about. Every answer leaves an audit row."""

from services.intake.queries.breaking import list_broken_glass
from services.intake.queries.consents import list_consent_documents
from services.intake.queries.course import (
    list_assessments_due,
    list_check_ins,
    list_due,
    list_intake_assessments,
    list_outcomes,
    list_reflections,
)
from services.intake.queries.documents import get_document, list_documents, stored_document
from services.intake.queries.entering import get_form, list_proxies
from services.intake.queries.export import export_patient
from services.intake.queries.forms import get_draft, list_forms, show_form
from services.intake.queries.home import get_home
from services.intake.queries.medications import get_medications
from services.intake.queries.merging import list_merges
from services.intake.queries.observed import list_assessments, list_questionnaires, list_readings
from services.intake.queries.patients import (
    explain_screening,
    get_consent,
    get_newest_screening,
    get_order,
    get_patient,
    get_rescreening,
    get_screening,
    list_like_patients,
    list_open_concerns,
    list_orders,
    list_safety_tasks,
    replay_screening,
    search_patients,
)
from services.intake.queries.plans import list_proposals
from services.intake.queries.timeline import get_timeline
from services.intake.queries.worklist import list_worklist

__all__ = [
    "explain_screening", "export_patient", "get_consent", "get_document", "get_draft", "get_form", "get_home",
    "get_medications", "get_newest_screening", "get_order", "get_patient", "get_rescreening", "get_screening",
    "get_timeline", "list_assessments", "list_assessments_due", "list_broken_glass", "list_check_ins",
    "list_consent_documents", "list_documents", "list_due", "list_forms", "list_intake_assessments",
    "list_like_patients", "list_merges", "list_open_concerns", "list_orders", "list_outcomes", "list_proposals",
    "list_proxies", "list_questionnaires", "list_readings", "list_reflections", "list_safety_tasks", "list_worklist",
    "replay_screening", "search_patients", "show_form", "stored_document",
]  # fmt: skip
