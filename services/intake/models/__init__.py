"""Intake's tables. A column named after a value that says something about a person holds sealed text (audience `rest`).

Every row carries its organisation, and its clinic where care happens. Observations and decisions only append.
"""

from services.intake.models.course import DueItem, Enrolment, SessionStop, Treatment
from services.intake.models.decided import (
    Consent,
    DoseOrder,
    DoseProposal,
    Rescreening,
    Review,
    SafetyConcern,
    Screening,
)
from services.intake.models.drafted import DraftAnswer, FormDraft
from services.intake.models.observed import (
    Assessment,
    CheckIn,
    Correction,
    Questionnaire,
    QuestionnaireCorrection,
    Reading,
    ReadingCorrection,
    Reflection,
)
from services.intake.models.paged import ConcernPage
from services.intake.models.papers import Document, DocumentPart
from services.intake.models.people import (
    BreakGlass,
    Lead,
    LoginLink,
    Patient,
    PatientIndex,
    PatientMerge,
    Proxy,
    RecordNumber,
)
from services.intake.models.readmodels import Bill, FinishedItem, TimelineEntry, Visit, WorklistItem
from services.intake.models.row import Row
from services.intake.models.tasks import SafetyTask

__all__ = [
    "Assessment", "Bill", "BreakGlass", "CheckIn", "ConcernPage", "Consent", "Correction", "Document", "DocumentPart",
    "DoseOrder", "DoseProposal", "DraftAnswer", "DueItem", "Enrolment", "FinishedItem", "FormDraft", "Lead",
    "LoginLink", "Patient", "PatientIndex", "PatientMerge", "Proxy", "Questionnaire", "QuestionnaireCorrection",
    "Reading", "ReadingCorrection", "RecordNumber", "Reflection", "Rescreening", "Review", "Row", "SafetyConcern",
    "SafetyTask", "Screening", "SessionStop", "TimelineEntry", "Treatment", "Visit", "WorklistItem",
]  # fmt: skip
