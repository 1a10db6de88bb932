"""What notifications answers, shown in its OpenAPI document."""

from services.notifications.schemas import CallTaskView, ConsentView, MessageView, ReplyView
from shared.http.examples import APPOINTMENT, PATIENT, at, some_id

_ABOUT = {"appointment_id": APPOINTMENT, "appointment_version": 1}
_VISIT_STARTS = at("2026-11-30T09:00:00-07:00")

EXAMPLES = (
    ConsentView(
        id=some_id("contact-consent"), patient_id=PATIENT, channel="SMS", purpose="CARE", granted=True,
        given_at=at("2026-11-20T09:32:00-07:00"), recorded_at=at("2026-11-20T09:35:10-07:00"), care_messages="ALLOWED",
    ),
    MessageView(
        id=some_id("message"), plan_id="N09", channel="EMAIL", message_class="CARE", state="SENT", reason=None,
        **_ABOUT, due_at=at("2026-11-29T09:00:00-07:00"), sent_at=at("2026-11-29T09:00:02-07:00"), provider_status=None,
        subject="Your appointment on Monday", attachments=1,
        text="Hello Ro, Larkspur Clinic sees you on Monday, Nov 30, 9:00 AM, at 418 Sagebrush Court.",
    ),
    ReplyView(
        id=some_id("reply"), patient_id=PATIENT, ask="FOR_A_PERSON", sender="+12085550123",
        text="Can my sister wait in the room?", received_at=at("2026-11-29T10:14:00-07:00"), version=1,
        handled_at=None, handled_by=None,
    ),
    CallTaskView(
        id=some_id("call-task"), patient_id=PATIENT, plan_id="N09", way="CALL", reason="NO_CONSENT",
        due_at=at("2026-11-29T09:00:00-07:00"), **_ABOUT, visit_state="CONFIRMED", visit_starts_at=_VISIT_STARTS,
        given_name="Ro", phone="+12085550123", state="OPEN", outcome=None, settled_at=None, settled_by=None, version=1,
    ),
)  # fmt: skip
