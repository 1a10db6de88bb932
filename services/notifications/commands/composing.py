"""The words of a message that may go, put into it sealed (domain E.1, E.3, G.2)."""

from collections.abc import Sequence
from datetime import timedelta
from typing import assert_never
from zoneinfo import ZoneInfo

from services.notifications.domain.plan import Channel, Next, State, Why
from services.notifications.domain.rows import CHANGE, CONFIRMATION
from services.notifications.domain.wording import (
    CalendarFile,
    Mail,
    Occasion,
    Outgoing,
    place_of,
    values_of,
    with_dates,
)
from services.notifications.invitations import CANCEL, REQUEST, Appointment, invitation
from services.notifications.models import Message, Visit
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
    uow: UnitOfWork, message: Message, contact: Contact, file: ClinicFile, visit: Visit | None, course: Sequence[Visit]
) -> Next:
    """Put the finished text or e-mail into the message; without a template, or when E.3 forbids the words, it fails.

    `course`: every session that the confirmation of a course tells, `visit` among them.
    """
    channel = Channel(message.channel)
    try:
        match channel:
            case Channel.SMS:
                outgoing: Outgoing | Mail = _text(uow, message, contact, file, visit)
            case Channel.EMAIL:
                outgoing = _mail(uow, message, contact, file, visit, course)
            case _:
                assert_never(channel)
    except Unfit as unfit:
        return Next(State.FAILED, unfit.why)
    message.outgoing = uow.seal_column("message", "outgoing", message.id, outgoing)
    return Next(State.SENDING)


def _text(uow: UnitOfWork, message: Message, contact: Contact, file: ClinicFile, visit: Visit | None) -> Outgoing:
    if contact.phone is None:
        raise Unfit(Why.NO_NUMBER)
    text = _filled(uow, file.messages.templates.get(f"{_template(message, visit)}.sms"), contact, file, visit)
    if lint(text, uow.service.settings.portal_url):
        raise Unfit(Why.CONTENT)
    return Outgoing(to=contact.phone, text=text)


def _mail(
    uow: UnitOfWork, message: Message, contact: Contact, file: ClinicFile, visit: Visit | None, course: Sequence[Visit]
) -> Mail:
    if contact.email is None:
        raise Unfit(Why.NO_ADDRESS)
    name, told = _template(message, visit), _told_in_files(message, visit, course)
    text = _filled(uow, file.messages.templates.get(f"{name}.email"), contact, file, visit)
    subject = " ".join(_filled(uow, file.messages.subjects.get(name), contact, file, visit).split())
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


def _filled(uow: UnitOfWork, template: str | None, contact: Contact, file: ClinicFile, visit: Visit | None) -> str:
    if template is None:
        raise Unfit(Why.NO_TEMPLATE)
    occasion = _occasion(visit) if visit else None
    try:
        return fill(template, values_of(file, occasion, contact.given_name, uow.service.settings.portal_url))
    except KeyError:  # words about a visit in a message that is about none
        raise Unfit(Why.CONTENT) from None


def _told_in_files(message: Message, visit: Visit | None, course: Sequence[Visit]) -> Sequence[Visit]:
    if message.plan_id not in (CONFIRMATION, CHANGE) or visit is None:
        return ()
    return course or (visit,)


def _calendar_file(uow: UnitOfWork, visit: Visit, address: str, file: ClinicFile) -> CalendarFile:
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
