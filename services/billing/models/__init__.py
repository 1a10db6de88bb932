"""Tables of billing. Amounts are integer cents; sealed columns are text of the audience `rest`."""

from services.billing.models.base import Row
from services.billing.models.care import Appointment, Course, Patient, Session
from services.billing.models.documents import Estimate, EstimateNote, Invoice, Review
from services.billing.models.money import Authorisation, AuthorisationUse, Package, Payment, Posting, Refund
from services.billing.models.paying import CoursePayment, PolicyLook

__all__ = [
    "Appointment", "Authorisation", "AuthorisationUse", "Course", "CoursePayment", "Estimate", "EstimateNote",
    "Invoice", "Package", "Patient", "Payment", "PolicyLook", "Posting", "Refund", "Review", "Row", "Session",
]  # fmt: skip
