"""The words of a message that may go, put into it sealed (domain E.1, E.3, G.2)."""

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from services.notifications.domain.plan import Channel, Next, State, Why
from services.notifications.domain.rows import CHANGE, CONFIRMATION
from services.notifications.domain.wording import (
    CalendarFile,
    Mail,
    Occasion,
    Offered,
    Outgoing,
    offer_values,
    place_of,
    values_of,
    with_dates,
)
from services.notifications.models import Message, Offer, Visit
from shared.clinicfile.lint import fill, lint
from shared.clinicfile.model import ClinicFile
from shared.db.unit_of_work import UnitOfWork
from shared.events.parts import Contact
from shared.mailserver import domain_of

_USUAL_LENGTH = timedelta(hours=1)


class Unfit(Exception):
    """A message cannot go as it would read; `why` is the reason that it fails for."""

    def __init__(self, why: Why) -> None:
        self.why = why


def compose(
    uow: UnitOfWork, message: Message, contact: Contact, file: ClinicFile, visit: Visit | None,
    course: Sequence[Visit], offer: Offer | None,
) -> Next:  # fmt: skip
    """Put the finished text or e-mail into the message; without a template, or when E.3 forbids the words, it fails.

    `course`: every session that the confirmation of a course tells, `visit` among them. `offer`: what the words are
    about instead of the visit.
    """
    channel, values = Channel(message.channel), _values(uow, contact, file, visit, offer)
    try:
        match channel:
            case Channel.SMS:
                outgoing: Outgoing | Mail = _text(uow, message, contact, file, visit, values)
            case Channel.EMAIL:
                outgoing = _mail(uow, message, contact, file, visit, course, values)
            case _:
                assert_never(channel)
    except Unfit as unfit:
        return Next(State.FAILED, unfit.why)
    message.outgoing = uow.seal_column("message", "outgoing", message.id, outgoing)
    return Next(State.SENDING)


def _values(
    uow: UnitOfWork, contact: Contact, file: ClinicFile, visit: Visit | None, offer: Offer | None
) -> dict[str, str]:
    portal = uow.service.settings.portal_url
    if offer is None:
        return values_of(file, _occasion(visit) if visit else None, contact.given_name, portal)
    slot = Occasion(offer.location, offer.starts_at, offer.zone)
    offered = Offered(offer.id, slot, offer.previous_starts_at, offer.expires_at)
    return offer_values(file, offered, contact.given_name, portal)


def _text(
    uow: UnitOfWork, message: Message, contact: Contact, file: ClinicFile, visit: Visit | None,
    values: Mapping[str, str],
) -> Outgoing:  # fmt: skip
    if contact.phone is None:
        raise Unfit(Why.NO_NUMBER)
    text = _filled(file.messages.templates.get(f"{_template(message, visit)}.sms"), values)
    if lint(text, uow.service.settings.portal_url):
        raise Unfit(Why.CONTENT)
    return Outgoing(to=contact.phone, text=text)


def _mail(
    uow: UnitOfWork, message: Message, contact: Contact, file: ClinicFile, visit: Visit | None,
    course: Sequence[Visit], values: Mapping[str, str],
) -> Mail:  # fmt: skip
    if contact.email is None:
        raise Unfit(Why.NO_ADDRESS)
    name, told = _template(message, visit), _told_in_files(message, visit, course)
    text = _filled(file.messages.templates.get(f"{name}.email"), values)
    subject = " ".join(_filled(file.messages.subjects.get(name), values).split())
    if any(found.code != "TOO_LONG" for found in lint(f"{subject}\n{text}", uow.service.settings.portal_url)):
        raise Unfit(Why.CONTENT)
    return Mail(
        to=contact.email, sender_name=file.messages.sender_name, subject=subject,
        text=with_dates(text, [_occasion(one) for one in course]),
        calendars=tuple(_calendar_file(uow, one, contact.email, file) for one in told),
    )  # fmt: skip


def _template(message: Message, visit: Visit | None) -> str:
    """N06 has other words, N06C, when the visit does not take place."""
    cancelled = message.plan_id == CHANGE and visit is not None and visit.state != "CONFIRMED"
    return f"{CHANGE}C" if cancelled else message.plan_id


def _filled(template: str | None, values: Mapping[str, str]) -> str:
    if template is None:
        raise Unfit(Why.NO_TEMPLATE)
    try:
        return fill(template, values)
    except KeyError:  # words about a visit in a message that is about none
        raise Unfit(Why.CONTENT) from None


def _told_in_files(message: Message, visit: Visit | None, course: Sequence[Visit]) -> Sequence[Visit]:
    if message.plan_id not in (CONFIRMATION, CHANGE) or visit is None:
        return ()
    return course or (visit,)


def _calendar_file(uow: UnitOfWork, visit: Visit, address: str, file: ClinicFile) -> CalendarFile:
    from services.notifications.invitations import CANCEL, REQUEST, Appointment, invitation  # noqa: PLC0415 -- 5 MB

    place, zone, sender = place_of(file, visit.location), ZoneInfo(visit.zone), uow.service.settings.mail_from or ""
    cancelled = visit.state != "CONFIRMED"
    appointment = Appointment(
        uid=f"{visit.id}@{domain_of(sender)}", version=visit.version, cancelled=cancelled,
        starts_at=visit.starts_at.astimezone(zone),
        ends_at=(visit.ends_at or visit.starts_at + _USUAL_LENGTH).astimezone(zone), place=place.address,
        note=f"Questions: {place.phone}", sender=sender, sender_name=file.messages.sender_name, recipient=address,
    )  # fmt: skip
    return CalendarFile(method=CANCEL if cancelled else REQUEST, content=invitation(appointment, uow.now))


def _occasion(visit: Visit) -> Occasion:
    return Occasion(visit.location, visit.starts_at, visit.zone)
