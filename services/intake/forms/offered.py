"""Who fills a form in: patients themselves, or staff with them."""

from shared.clinicfile.forms import Form
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.problems import problem_kind

FOR_STAFF = problem_kind(
    "INSTRUMENT_FOR_STAFF", 403, "This instrument is filled in by staff", "Ask a nurse or clinician to fill it in."
)


def is_offered(uow: UnitOfWork, file: ClinicFile, form: Form, language: str) -> bool:
    """An instrument in a language that the clinic does not declare validated is given by staff (domain B.1)."""
    return uow.caller.kind == "staff" or language in file.offered_in(form)
