"""Who else a patient may be: found by blind indexes, scored after unsealing, never merged by itself."""

from sqlmodel import col, select

from services.intake.domain.matching import LIKELY_THE_SAME, Wanted, points, same_name, score
from services.intake.models import Patient
from services.intake.records import person_of
from services.intake.schemas.people import LikePatient
from services.intake.views import contact_of
from shared.db.unit_of_work import UnitOfWork
from shared.searchindex import SearchIndex

_STRONG = ("phone", "email", "birth")
_MOST_SHOWN = 5
_NEAREST = """
SELECT patient_id FROM (
  SELECT patient_id FROM patient_index
  WHERE organisation_id = $1 AND token = ANY ($2::varchar[]) AND patient_id <> ALL (one_person($3))
  LIMIT 200) AS found
GROUP BY patient_id ORDER BY count(*) DESC, patient_id LIMIT 20
"""


async def like(uow: UnitOfWork, patient: Patient) -> list[LikePatient]:
    """The likeliest first; each that is shown leaves an audit row."""
    person, contact = person_of(uow, patient), contact_of(uow, patient)
    wanted = Wanted(f"{person.given_name} {person.family_name}", person.birth_date, contact.phone, contact.email)
    found = [_compared(uow, wanted, patient, other) for other in await _near(uow, patient, wanted)]
    shown = sorted((one for one in found if one.score >= LIKELY_THE_SAME), key=lambda one: -one.score)[:_MOST_SHOWN]
    for one in shown:
        await uow.audit("search", "patient", one.id, patient_id=one.id)
    return shown


def _compared(uow: UnitOfWork, wanted: Wanted, patient: Patient, other: Patient) -> LikePatient:
    person = person_of(uow, other)
    found = points(wanted, person, contact_of(uow, other))
    return LikePatient(
        id=other.id, record_number=person.record_number, score=score(found), points=found,
        name_alert=same_name(person_of(uow, patient), person),
    )  # fmt: skip


async def _near(uow: UnitOfWork, patient: Patient, wanted: Wanted) -> list[Patient]:
    """Those who share the most of phone, e-mail, and name with birth date."""
    index = SearchIndex(uow.service.settings.index_key.get_secret_value(), uow.organisation_id)
    by_kind = index.tokens_for_query(
        name=wanted.name, birth_date=wanted.birth_date, phone=wanted.phone, email=wanted.email
    )
    tokens = [token for kind in _STRONG for token in by_kind.get(kind, ())]
    ids = [row.patient_id for row in await uow.sql(_NEAREST, uow.organisation_id, tokens, patient.id)]
    owned = select(Patient).where(Patient.organisation_id == uow.organisation_id, col(Patient.id).in_(ids))
    return list(await uow.session.exec(owned))
