"""Every use case of billing: what a fact, a timer or a person can make it do.

| use case                          | by                  | says                                    |
|-----------------------------------|---------------------|-----------------------------------------|
| learn_identity                    | intake's facts      |                                         |
| learn_course, estimate_course     | scheduling's facts  | EstimateIssued                          |
| learn_appointment, estimate_visit | scheduling's facts  | EstimateIssued                          |
| record_session, charge_session    | scheduling's facts  | InvoiceIssued, AuthorisationUpdated     |
| note_on_estimate                  | scheduling's facts  |                                         |
| charge_visit, take_fee            | scheduling's facts  | InvoiceIssued                           |
| warn_of_end                       | 30, 14, 7 days left |                                         |
| end_authorisation                 | its last day        | AuthorisationUpdated                    |
| record_authorisation              | biller, front desk  | AuthorisationUpdated                    |
| sell_package                      | biller, front desk  | PaymentReceived                         |
| refund_package                    | biller              | RefundIssued                            |
| pay_invoice                       | biller              | PaymentReceived                         |
| refund_payment                    | biller              | RefundIssued                            |
| waive_fee                         | biller              |                                         |
| settle_review                     | biller              | whatever the decision makes             |
| look_at_payments                  | any of these        | PaymentPolicyMet                        |
| look_at_file                      | a new clinic file   | PaymentPolicyMet                        |
"""

from services.billing.commands.authorisations import (
    AUTHORISATION_ENDS,
    AUTHORISATION_ENDS_SOON,
    end_authorisation,
    record_authorisation,
    warn_of_end,
)
from services.billing.commands.estimates import estimate_course, estimate_visit, learn_course, note_on_estimate
from services.billing.commands.identity import learn_identity
from services.billing.commands.invoices import charge_session, charge_visit, record_session
from services.billing.commands.packages import refund_package, sell_package
from services.billing.commands.paying import look_at_file, look_at_payments
from services.billing.commands.payments import pay_invoice, refund_payment, waive_fee
from services.billing.commands.reviews import settle_review
from services.billing.commands.visits import learn_appointment, take_fee

__all__ = [
    "AUTHORISATION_ENDS", "AUTHORISATION_ENDS_SOON", "charge_session", "charge_visit", "end_authorisation",
    "estimate_course", "estimate_visit", "learn_appointment", "learn_course", "learn_identity", "look_at_file",
    "look_at_payments", "note_on_estimate", "pay_invoice", "record_authorisation", "record_session", "refund_package",
    "refund_payment", "sell_package", "settle_review", "take_fee", "waive_fee", "warn_of_end",
]  # fmt: skip
