"""Forms as intake shows them, and what is filled into them."""

from decimal import Decimal

from services.intake.schemas.drafts import ConflictView, DraftView, GivenAnswerView, SubmittedView
from services.intake.schemas.forms import (
    FormAnswerView,
    FormDocument,
    FormSummary,
    FormsView,
    QuestionView,
    SectionView,
    ShownIfView,
)
from services.intake.schemas.medications import MedicationsView, MedicationView
from shared.http.examples import CLINIC, at, some_id

_FORM = {
    "form": "health", "version": 1, "renderer_level": 3, "languages": ("en", "es"), "title": "Your health",
}  # fmt: skip
_HELP = "You are not alone. Call 911 now, or call or text 988 at any hour."
_NOTHING_SAID = (
    FormAnswerView(value="unknown", text="I do not know"),
    FormAnswerView(value="refused", text="I would rather not say"),
)
_ON_PHONE = GivenAnswerView(
    question="psychosis_history", answer="no", answered_at=at("2026-11-20T09:40:00-07:00"), source="patient",
    by="patient", device="phone-1",
)  # fmt: skip
_ON_TABLET = _ON_PHONE.model_copy(
    update={"answer": "unknown", "answered_at": at("2026-11-20T09:20:00-07:00"), "device": "tablet-1"}
)
_CONFLICTS = (ConflictView(question="psychosis_history", answers=(_ON_PHONE, _ON_TABLET)),)
FORMS = (
    DraftView(
        form="health", form_version=1, state="OPEN", opened_at=at("2026-11-20T09:18:00-07:00"), submitted_at=None,
        answers=(_ON_PHONE,), conflicts=_CONFLICTS, unanswered=("pregnant", "medications"), newer_version=None,
        asked_again=(), not_in_form=(),
    ),
    SubmittedView(id=some_id("draft"), conflicts=_CONFLICTS),
    MedicationsView(
        as_of=at("2026-11-20T09:45:00-07:00"), source="patient", unknown_names=(), benzodiazepine_mg=20,
        medications=(
            MedicationView(
                name="Klonopin", dose=Decimal("0.5"), unit="mg", times=2, per="day", known_as=("clonazepam",),
                classes=("BENZODIAZEPINE",), notes=("MED-03, MED-04, MED-05: sedation.",), daily_mg=Decimal(1),
                diazepam_mg=Decimal(20),
                steps=("0.5 mg x 2 a day = 1 mg a day", "1 mg x 10 / 0.5 = 20 mg of diazepam a day"),
            ),
        ),
    ),
    FormsView(clinic_id=CLINIC, forms=(FormSummary(**_FORM),)),
    FormDocument(
        **_FORM, language="en", crisis=_HELP,
        sections=(
            SectionView(
                id="heart", title="Heart and blood vessels",
                questions=(
                    QuestionView(
                        id="acute_symptoms_now", type="yes_no", required=True,
                        text="Do you have chest pain right now?",
                        answers=(
                            FormAnswerView(value="yes", text="Yes", danger=True, crisis=_HELP),
                            FormAnswerView(value="no", text="No"), *_NOTHING_SAID,
                        ),
                    ),
                    QuestionView(
                        id="cardiac_event_on", type="date", required=True, text="On which day was the latest of these?",
                        show_if=(ShownIfView(question="cardiac_event", answers=("yes",)),), answers=_NOTHING_SAID,
                    ),
                ),
            ),
        ),
    ),
)  # fmt: skip
