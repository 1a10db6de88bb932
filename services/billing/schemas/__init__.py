"""Requests and answers of billing. Money is integer cents with its currency; instants are UTC."""

from services.billing.schemas.answers import (
    AccountView,
    AuthorisationView,
    Balance,
    EstimateView,
    InvoiceView,
    NoteView,
    PackageView,
    PaymentView,
    RefundView,
    ReviewView,
)
from services.billing.schemas.requests import (
    AuthorisationRequest,
    PackageSale,
    PaymentRequest,
    RefundRequest,
    RepayRequest,
    SettleRequest,
    Terms,
    WaiveRequest,
)

__all__ = [
    "AccountView", "AuthorisationRequest", "AuthorisationView", "Balance", "EstimateView", "InvoiceView", "NoteView",
    "PackageSale", "PackageView", "PaymentRequest", "PaymentView", "RefundRequest", "RefundView", "RepayRequest",
    "ReviewView", "SettleRequest", "Terms", "WaiveRequest",
]  # fmt: skip
