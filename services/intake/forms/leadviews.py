"""A clinic's public form as a document of the same kind as every other form, so that one frontend shows them all."""

from services.intake.schemas.forms import FormAnswerView, FormDocument, QuestionView, SectionView
from shared.clinicfile.model import ClinicFile

_CONTACT = (
    ("given_name", "Your given name", True), ("family_name", "Your family name", True),
    ("phone", "Your phone number", False), ("email", "Your e-mail address", False),
)  # fmt: skip
_YES_NO = (FormAnswerView(value="yes", text="Yes"), FormAnswerView(value="no", text="No"))


def lead_document(file: ClinicFile) -> FormDocument:
    """What the public form asks: question ids are fields of a lead, those of its lines stand in `lines` as yes or no.

    Of phone and e-mail at least one is needed. Nothing here is about danger: no answer decides anything.
    """
    contact = SectionView(
        id="contact", title="How we reach you",
        questions=tuple(_text(name, text, required or _needs_phone(file, name)) for name, text, required in _CONTACT),
    )  # fmt: skip
    return FormDocument(
        form="lead", version=1, renderer_level=1, language="en", languages=("en",), title=file.display_name,
        sections=(contact, *_request(file), *_lines(file), _message()),
    )  # fmt: skip


def _needs_phone(file: ClinicFile, name: str) -> bool:
    return name == "phone" and file.lead_form.kind == "contact_lines"


def _text(name: str, text: str, required: bool) -> QuestionView:
    return QuestionView(id=name, type="text", text=text, required=required)


def _request(file: ClinicFile) -> tuple[SectionView, ...]:
    if file.lead_form.kind != "appointment_request":
        return ()
    places = tuple(FormAnswerView(value=location.id, text=location.name) for location in file.locations)
    where = QuestionView(id="location", type="choice", text="Where would you like to come?", required=True,
                         answers=places)  # fmt: skip
    return (SectionView(id="request", title="Your appointment",
                        questions=(_text("preferred_time", "When would you like to come?", True), where)),)  # fmt: skip


def _lines(file: ClinicFile) -> tuple[SectionView, ...]:
    lines = tuple(
        QuestionView(id=line.id, type="yes_no", text=line.text, required=True, answers=_YES_NO)
        for line in file.lead_form.lines
    )
    return (SectionView(id="lines", title="About you", questions=lines),) if lines else ()


def _message() -> SectionView:
    return SectionView(id="more", title="Anything else", questions=(_text("message", "Your message", False),))
