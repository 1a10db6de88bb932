"""Who fills a form in: patients themselves, or staff with them."""

from typing import get_args

from shared.clinicfile.forms import Form, InstrumentName
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.problems import FieldError, problem_kind

FOR_STAFF = problem_kind(
    "INSTRUMENT_FOR_STAFF", 403, "This instrument is filled in by staff", "Ask a nurse or clinician to fill it in."
)
LANGUAGE_NOT_VALIDATED = problem_kind(
    "LANGUAGE_NOT_VALIDATED", 422, "This clinic does not use the instrument in that language for filling in alone",
    "Ask a nurse or clinician to fill it in with you. In danger call or text 988; in an emergency call 911.",
)  # fmt: skip


def validated_in(file: ClinicFile, instrument: str, language: str | None) -> bool:
    """Whether patients may fill an instrument in alone in a language; one not named is the one it is shown in first.

    `es-MX` counts as `es`. Instruments whose wording is not shown here cannot be declared: they are taken in English.
    """
    undeclared = () if instrument in get_args(InstrumentName) else ("en",)
    validated = next((known for name, known in file.instrument_languages.items() if name == instrument), undeclared)
    return language is None or language in validated or language.split("-", maxsplit=1)[0] in validated


def require_validated(uow: UnitOfWork, file: ClinicFile, instrument: str, language: str | None) -> None:
    """Staff fills in whatever it finds right. Raises LANGUAGE_NOT_VALIDATED."""
    if uow.caller.kind == "patient" and not validated_in(file, instrument, language):
        raise LANGUAGE_NOT_VALIDATED(errors=[FieldError("/language", "NOT_VALIDATED", {"instrument": instrument})])


def is_offered(uow: UnitOfWork, file: ClinicFile, form: Form, language: str) -> bool:
    """An instrument in a language that the clinic does not declare validated is given by staff (domain B.1)."""
    return uow.caller.kind == "staff" or language in file.offered_in(form)
