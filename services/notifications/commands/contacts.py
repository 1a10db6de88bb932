"""How a patient is reached, and the acts of contact consent that intake and staff report (domain E.2)."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.dialects.postgresql import insert
from sqlmodel import func, select

from services.notifications.commands import ledger
from services.notifications.commands.queue import release
from services.notifications.domain.consent import ALL, ActKind, Ruling
from services.notifications.domain.plan import CARE, Channel, Why
from services.notifications.files import zone_of
from services.notifications.models import ConsentAct, ContactPoint
from services.notifications.numbers import address_index, number_index
from services.notifications.schemas import ConsentRequest, ConsentView
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Contact, ContactConsent, ContactRecord
from shared.http import instant
from shared.ids import derived_id, new_id
from shared.problems import INVALID_REQUEST, NOT_FOUND, FieldError, problem_kind

NO_NUMBER = problem_kind(
    "NO_NUMBER", 409, "The patient has no telephone number here", "Record a number at intake first, then repeat."
)

NO_ADDRESS = problem_kind(
    "NO_ADDRESS", 409, "The patient has no e-mail address here", "Record an address at intake first, then repeat."
)


@dataclass(frozen=True, slots=True)
class Told:
    """What an event told of a contact. `cause` is the event's id: the same event again adds no act."""

    patient_id: UUID
    version: int
    clinic_id: UUID | None
    record: ContactRecord
    cause: UUID


async def learn_contact(uow: UnitOfWork, told: Told) -> None:
    """Keep a sealed copy of the contact, unless a newer one is known, and put its consent acts into the ledger;
    messages that waited for it are looked at again."""
    await ledger.one_at_a_time(uow, told.patient_id)
    point = await _keep_contact(uow, told)
    for place, consent in enumerate(told.record.consents):
        await ledger.add(uow, _reported(uow, told, consent, place))
    await release(uow, told.patient_id, Why.CONTACT_UNKNOWN)
    await ledger.follow(uow, point)


async def record_consent(uow: UnitOfWork, patient_id: UUID, request: ConsentRequest) -> ConsentView:
    """Staff record a grant or a revocation that the patient gave them.

    Raises NOT_FOUND for a patient nobody told us of, NO_NUMBER or NO_ADDRESS when there is nothing to write to,
    INVALID_REQUEST for an act in the future.
    """
    point = await ledger.lock_point(uow, patient_id)
    if point is None:
        raise NOT_FOUND()
    if ledger.index_on(point, Channel(request.channel)) is None:
        raise NO_NUMBER() if request.channel == Channel.SMS else NO_ADDRESS()
    if request.given_at > uow.now:
        raise INVALID_REQUEST(errors=[FieldError("/given_at", "IN_FUTURE")])
    act = _recorded(uow, point, request)
    await ledger.add(uow, act)
    await ledger.follow(uow, point)
    if not request.granted and request.purpose in (ALL, CARE):
        await ledger.say_opt_out(uow, point, request.channel, request.purpose, request.given_at)
    care = await ledger.ruling(uow, point, Channel(request.channel), CARE)
    zone = await zone_of(uow, point.clinic_id)
    return ConsentView(
        id=act.id, patient_id=patient_id, channel=act.channel, purpose=act.purpose, granted=request.granted,
        given_at=instant(act.given_at, zone), recorded_at=instant(act.recorded_at, zone),
        care_messages=care or Ruling.NO_CONSENT,
    )  # fmt: skip


async def _keep_contact(uow: UnitOfWork, told: Told) -> ContactPoint:
    """The newest contact point, locked."""
    number, address = _indexes(uow, told.record.contact)
    statement = insert(ContactPoint).values(
        patient_id=told.patient_id, organisation_id=uow.organisation_id, clinic_id=told.clinic_id,
        version=told.version, number_index=number, address_index=address, learned_at=uow.now,
        contact=uow.seal_column("contact_point", "contact", told.patient_id, told.record.contact),
    )  # fmt: skip
    new = statement.excluded
    values = {**dict(new), "clinic_id": func.coalesce(new.clinic_id, ContactPoint.clinic_id)}
    newer = statement.on_conflict_do_update(
        index_elements=["patient_id"], set_=values, where=new.version > ContactPoint.version
    )
    await uow.session.exec(newer)
    await uow.audit("update", "contact_point", told.patient_id, patient_id=told.patient_id, version=told.version)
    mine = select(ContactPoint).where(ContactPoint.patient_id == told.patient_id)
    as_it_is_now = mine.with_for_update().execution_options(populate_existing=True)
    return (await uow.session.exec(as_it_is_now)).one()


def _indexes(uow: UnitOfWork, contact: Contact) -> tuple[str | None, str | None]:
    settings = uow.service.settings
    number = number_index(settings, contact.phone) if contact.phone else None
    return number, address_index(settings, contact.email) if contact.email else None


def _reported(uow: UnitOfWork, told: Told, consent: ContactConsent, place: int) -> ConsentAct:
    number, address = _indexes(uow, told.record.contact)
    index = address if consent.channel.upper() == Channel.EMAIL else number
    return ConsentAct(
        id=derived_id(told.cause, f"consent:{place}"), organisation_id=uow.organisation_id,
        patient_id=told.patient_id, number_index=index, kind=ActKind.GRANT if consent.granted else ActKind.REVOKE,
        channel=consent.channel.upper(), purpose=consent.purpose.upper(), wording_version=consent.wording_version,
        method=consent.method, given_at=consent.given_at, recorded_at=uow.now, recorded_by=uow.caller.subject,
    )  # fmt: skip


def _recorded(uow: UnitOfWork, point: ContactPoint, request: ConsentRequest) -> ConsentAct:
    return ConsentAct(
        id=new_id(), organisation_id=uow.organisation_id, patient_id=point.patient_id,
        number_index=ledger.index_on(point, Channel(request.channel)),
        kind=ActKind.GRANT if request.granted else ActKind.REVOKE,
        channel=request.channel, purpose=request.purpose, wording_version=request.wording_version,
        method=request.method, given_at=request.given_at, recorded_at=uow.now, recorded_by=uow.caller.subject,
    )  # fmt: skip
