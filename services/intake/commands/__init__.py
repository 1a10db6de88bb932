"""Every use case of intake: what a person or another system can make it do.

| use case               | by                                | says                                       |
|------------------------|-----------------------------------|--------------------------------------------|
| receive_lead           | anybody                           | LeadReceived                               |
| register_patient       | front desk                        | PatientRegistered                          |
| make_login_link        | front desk, nurse, clinician      |                                            |
| log_in                 | whoever holds a login link        |                                            |
| submit_questionnaire   | patient, proxy, nurse, clinician  | PatientScreened, SafetyConcernRaised       |
| submit_assessment      | patient, proxy, nurse, clinician  | OutcomeRecorded, and the two above         |
| record_readings        | nurse, clinician                  | PatientScreened, SafetyConcernRaised       |
| review_screening       | clinician                         | ScreeningReviewed                          |
| resolve_concern        | clinician                         | SafetyConcernResolved                      |
| sign_consent           | patient, front desk, nurse, clinician | ConsentSigned                          |
| revoke_consent         | patient, front desk, nurse, clinician | ConsentRevoked                         |
| sign_order             | clinician                         | OrderSigned                                |
| revoke_order           | clinician                         | OrderRevoked                               |
| plan_before_session    | scheduling's appointments         |                                            |
| plan_check_ins         | scheduling's discharges           |                                            |
| open_due               | time                              | AssessmentDue                              |
"""

from services.intake.commands.consents import revoke_consent, sign_consent
from services.intake.commands.due import open_due, plan_before_session, plan_check_ins
from services.intake.commands.leads import receive_lead
from services.intake.commands.login import log_in, make_login_link
from services.intake.commands.observations import record_readings, submit_assessment, submit_questionnaire
from services.intake.commands.orders import revoke_order, sign_order
from services.intake.commands.registration import register_patient
from services.intake.commands.reviews import review_screening
from services.intake.commands.safety import resolve_concern

__all__ = [
    "log_in", "make_login_link", "open_due", "plan_before_session", "plan_check_ins", "receive_lead",
    "record_readings", "register_patient", "resolve_concern", "review_screening", "revoke_consent", "revoke_order",
    "sign_consent", "sign_order", "submit_assessment", "submit_questionnaire",
]  # fmt: skip
