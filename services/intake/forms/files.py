"""Where forms come from: the clinic file in force, or the one under which a form of an older version was begun."""

import json
from typing import NamedTuple
from uuid import UUID

from shared.clinicfile.forms import Form
from shared.clinicfile.store import active_clinic, clinic_under
from shared.db.unit_of_work import UnitOfWork
from shared.problems import NOT_FOUND

_EARLIER = """
SELECT hash FROM clinic_file WHERE clinic_id = $1 AND organisation_id = $2 AND activated_at IS NOT NULL
AND content::jsonb @> $3::text::jsonb ORDER BY activated_at DESC, hash LIMIT 1
"""


class FormInFile(NamedTuple):
    """A form, and the hash of the clinic file that it stands in."""

    form: Form
    file_hash: str


async def form_in_force(uow: UnitOfWork, clinic_id: UUID, form_id: str) -> FormInFile | None:
    """The form as the clinic uses it today; None when it has none of that name. Raises NO_CLINIC_FILE."""
    clinic = await active_clinic(uow, clinic_id)
    form = clinic.file.form(form_id)
    return FormInFile(form, clinic.hash) if form else None


async def form_of(uow: UnitOfWork, clinic_id: UUID, form_id: str, version: int | None = None) -> FormInFile:
    """The form in force, or an older version of it, also of a form that is no longer used.

    Raises NO_CLINIC_FILE, NOT_FOUND for a form or version that the clinic never had.
    """
    current = await form_in_force(uow, clinic_id, form_id)
    if current and version in (None, current.form.version):
        return current
    wanted = {"id": form_id} if version is None else {"id": form_id, "version": version}
    rows = await uow.sql(_EARLIER, clinic_id, uow.organisation_id, json.dumps({"forms": [wanted]}))
    if not rows:
        raise NOT_FOUND()
    return FormInFile(await form_under(uow, clinic_id, rows[0].hash, form_id), rows[0].hash)


async def form_under(uow: UnitOfWork, clinic_id: UUID, file_hash: str, form_id: str) -> Form:
    """The form as it stands in one clinic file. Raises NO_CLINIC_FILE, NOT_FOUND."""
    form = (await clinic_under(uow, clinic_id, file_hash)).file.form(form_id)
    if form is None:
        raise NOT_FOUND()
    return form
