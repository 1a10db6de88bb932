"""Every use case of intake: what a person or another system can make it do.

| use case               | by                                | says                                       |
|------------------------|-----------------------------------|--------------------------------------------|
| receive_lead           | anybody                           | LeadReceived                               |
| register_patient       | front desk                        | PatientRegistered                          |
| change_patient         | front desk, nurse                 | PatientChanged, PatientScreened, OrderRevoked |
| record_contact_consents | patient, front desk, nurse       | PatientChanged                             |
| make_login_link        | front desk, nurse, clinician      |                                            |
| merge_patients         | clinician, admin                  | PatientMerged, PatientScreened, OrderRevoked |
| unlink_patients        | clinician, admin                  | PatientUnlinked, PatientScreened, AssessmentDue |
| break_glass            | nurse, clinician of another clinic | RecordOpened                     |
| register_proxy         | front desk, nurse, clinician      |                                            |
| make_proxy_login_link  | front desk, nurse, clinician      |                                            |
| end_proxy              | front desk, nurse, clinician      |                                            |
| log_in                 | whoever holds a login link        |                                            |
| submit_questionnaire   | patient, proxy, nurse, clinician  | PatientScreened, SafetyConcernRaised       |
| save_answers           | patient, proxy, nurse, clinician  | SafetyConcernRaised                        |
| submit_draft           | patient, proxy, nurse, clinician  | PatientScreened, SafetyConcernRaised       |
| submit_assessment      | patient, proxy, nurse, clinician  | OutcomeRecorded, and the two above         |
| submit_instrument      | patient, proxy, nurse, clinician  | the same                                   |
| correct_assessment     | nurse, clinician                  | the same, AssessmentDue, AssessmentAnswered |
| correct_questionnaire  | nurse, clinician                  | PatientScreened, SafetyConcernRaised       |
| correct_reading        | nurse, clinician                  | the same, OrderRevoked, OrderDoubted, PlanProposed |
| heed_refused           | patient, proxy, nurse, clinician  | SafetyConcernRaised                        |
| record_readings        | nurse, clinician                  | PatientScreened, SafetyConcernRaised       |
| submit_check_in        | patient, proxy, nurse, clinician  | OutcomeRecorded, SafetyConcernRaised       |
| write_reflection       | patient, proxy, nurse, clinician  |                                            |
| review_screening       | clinician                         | ScreeningReviewed                          |
| flag_concern           | clinician, nurse                  | SafetyConcernRaised                        |
| acknowledge_concern    | clinician                         | SafetyConcernAcknowledged                  |
| confirm_review         | a second clinician                | ScreeningReviewed                          |
| settle_task            | clinician, nurse                  | SafetyTaskSettled                          |
| resolve_concern        | clinician                         | SafetyConcernResolved                      |
| sign_consent           | patient, front desk, nurse, clinician | ConsentSigned, PatientScreened         |
| revoke_consent         | patient, front desk, nurse, clinician | ConsentRevoked, PatientScreened        |
| keep_enrolment         | scheduling's enrolments           | PatientScreened                            |
| sign_order             | clinician                         | OrderSigned, OrderRevoked of the one before |
| countersign_order      | a second clinician                | OrderSigned, OrderRevoked                  |
| revoke_order           | clinician                         | OrderRevoked                               |
| begin_document, take_part, complete_document | patient, proxy, front desk, nurse, clinician |          |
| remove_document        | front desk, nurse, clinician      |                                            |
| plan_before_session    | scheduling's appointments         |                                            |
| plan_after_session     | scheduling's discharges           |                                            |
| keep_stop              | scheduling's alerts and aborted sessions |                                     |
| withdraw_stop          | scheduling's withdrawn and eased alerts | PlanProposed                               |
| propose_plan           | scheduling's discharges           | PlanProposed, PlanProposalDecided          |
| renew_proposal         | clinician                         | PlanProposed                               |
| accept_proposal        | clinician                         | PlanProposalDecided, OrderSigned, OrderRevoked |
| reject_proposal        | clinician                         | PlanProposalDecided                        |
| heed_reply             | words of crisis in a patient's text | SafetyTaskOpened                         |
| claim_item, release_item, hand_over_item, finish_item | front desk, nurse, clinician |            |
| hand_over_all          | clinician, director, admin        |                                            |
| foresee_impact         | director                          |                                            |
| ask_at_intake          | a screening, a clinic's new file  |                                            |
| open_due               | time                              | AssessmentDue                              |
| expire_draft           | time                              |                                            |
| say_overdue            | time                              | AssessmentOverdue                          |
| screening_lapsed       | time                              | PatientScreened, SafetyConcernRaised       |
| escalate_concern       | time, an address that refuses a page | SafetyConcernEscalated                  |

What worries opens a concern, is added to one, or opens a task (SafetyTaskOpened): `domain/handling.py`.
What was signed before its document was revoked is revoked as well, whenever that becomes known (ConsentRevoked).
What settles something due, an answer or what scheduling told, also says AssessmentAnswered; what was asked at intake,
IntakeAssessmentAnswered.
"""

from services.intake.commands.answers.asking import ask_at_intake
from services.intake.commands.answers.checkins import submit_check_in, write_reflection
from services.intake.commands.answers.correcting import correct_assessment
from services.intake.commands.answers.drafts import save_answers, submit_draft
from services.intake.commands.answers.due import open_due, plan_after_session, plan_before_session, say_overdue
from services.intake.commands.answers.expiry import expire_draft
from services.intake.commands.answers.instruments import submit_instrument
from services.intake.commands.answers.observations import record_readings, submit_assessment, submit_questionnaire
from services.intake.commands.answers.questionnaires import correct_questionnaire
from services.intake.commands.answers.readings import correct_reading
from services.intake.commands.answers.refused import heed_refused
from services.intake.commands.consents.consenting import revoke_consent, sign_consent
from services.intake.commands.consents.documents import (
    begin_document,
    complete_document,
    part_to_take,
    remove_document,
    take_part,
    upload_of,
)
from services.intake.commands.orders.plans import (
    accept_proposal,
    propose_plan,
    reject_proposal,
    renew_proposal,
)
from services.intake.commands.orders.signing import countersign_order, revoke_order, sign_order
from services.intake.commands.orders.stops import keep_stop, withdraw_stop
from services.intake.commands.people.breaking import break_glass
from services.intake.commands.people.changing import change_patient, record_contact_consents
from services.intake.commands.people.enrolments import keep_enrolment
from services.intake.commands.people.leads import receive_lead
from services.intake.commands.people.login import log_in, make_login_link
from services.intake.commands.people.merging import merge_patients, unlink_patients
from services.intake.commands.people.proxies import end_proxy, make_proxy_login_link, register_proxy
from services.intake.commands.people.registration import register_patient
from services.intake.commands.safety.concerns import acknowledge_concern, flag_concern, resolve_concern
from services.intake.commands.safety.oncall import escalate_concern
from services.intake.commands.safety.tasks import settle_task
from services.intake.commands.safety.words import heed_reply
from services.intake.commands.screening.again import screening_lapsed
from services.intake.commands.screening.impact import foresee_impact
from services.intake.commands.screening.reviews import confirm_review, review_screening
from services.intake.commands.screening.worklist import (
    claim_item,
    finish_item,
    hand_over_all,
    hand_over_item,
    release_item,
)

__all__ = [
    "accept_proposal", "acknowledge_concern", "ask_at_intake", "begin_document", "break_glass", "change_patient",
    "claim_item", "complete_document", "confirm_review", "correct_assessment", "correct_questionnaire",
    "correct_reading", "countersign_order", "end_proxy", "escalate_concern", "expire_draft", "finish_item",
    "flag_concern", "foresee_impact", "hand_over_all", "hand_over_item", "heed_refused", "heed_reply",
    "keep_enrolment", "keep_stop", "log_in", "make_login_link",
    "make_proxy_login_link", "merge_patients", "open_due", "part_to_take", "plan_after_session", "plan_before_session",
    "propose_plan", "receive_lead", "record_contact_consents", "record_readings", "register_patient", "register_proxy",
    "reject_proposal", "release_item", "remove_document", "renew_proposal", "resolve_concern", "review_screening",
    "revoke_consent", "revoke_order", "save_answers", "say_overdue", "screening_lapsed", "settle_task", "sign_consent",
    "sign_order", "submit_assessment", "submit_check_in", "submit_draft", "submit_instrument", "submit_questionnaire",
    "take_part", "unlink_patients", "upload_of", "withdraw_stop", "write_reflection",
]  # fmt: skip
