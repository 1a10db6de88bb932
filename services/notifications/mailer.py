"""E-mail over SMTP. Message-ID is the delivery id, so that a reader's mail program knows a repetition as one.

A server that breaks off before the mail was handed over has not taken it; from then on only its answer counts, and an
answer that is lost says nothing. Nobody can be asked about it later: such a mail is not repeated.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from html import escape
from uuid import UUID

import aiosmtplib

from services.notifications.domain.provider import Accepted, Answer, Lost, NotTaken, Refused
from services.notifications.domain.wording import Mail
from shared.clock import wall_now
from shared.mailserver import MailServer
from shared.settings import Settings

PATIENCE = 20.0
_NO_SUCH_ADDRESS = 553


class Conversation:
    """A mail server that has agreed to take a mail, or an answer that it gave instead."""

    def __init__(self, client: aiosmtplib.SMTP, instead: Answer | None) -> None:
        self._client, self._instead = client, instead

    async def hand_over(self, content: bytes) -> Answer:
        """Hand the mail over, or give the answer that came before there was anything to hand over."""
        if self._instead is not None:
            return self._instead
        try:
            code, _ = await self._client.data(content)
        except aiosmtplib.SMTPDataError as error:
            return _answer(error.code)
        except (aiosmtplib.SMTPException, OSError):
            return Lost()
        return Accepted(sid="", status="sent") if code < 300 else Lost()


class Mailer:
    """A client of one mail server; a connection for each mail. Raises NotConfigured (shared.mailserver)."""

    def __init__(self, settings: Settings) -> None:
        self._server = MailServer(settings)

    @asynccontextmanager
    async def conversation(self, mail: Mail) -> AsyncIterator[Conversation]:
        """Tell the server who writes to whom, within 20 s for each answer; nothing of the mail is on its way yet."""
        client = self._server.client(PATIENCE)
        try:
            yield Conversation(client, await self._introduce(client, mail))
        finally:
            client.close()

    def content(self, message_id: UUID, mail: Mail) -> bytes:
        """The mail as it goes over the wire: text, the same as simple HTML, calendar files."""
        message = EmailMessage(policy=WIRE)
        message["From"] = Address(mail.sender_name, addr_spec=self._server.sender)
        message["To"] = mail.to
        message["Subject"] = mail.subject
        message["Date"] = wall_now()
        message["Message-ID"] = f"<{message_id}@{self._server.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(mail.text)
        message.add_alternative(html_of(mail.text), subtype="html")
        for file in mail.calendars:
            message.add_attachment(
                file.content.encode(), maintype="text", subtype="calendar", filename="appointment.ics",
                params={"method": file.method, "charset": "utf-8"},
            )  # fmt: skip
        return message.as_bytes()

    async def _introduce(self, client: aiosmtplib.SMTP, mail: Mail) -> Answer | None:
        try:
            await client.connect()
            await client.mail(self._server.sender)
            await client.rcpt(mail.to)
        except aiosmtplib.SMTPRecipientRefused as error:
            return _answer(error.code)
        except (UnicodeEncodeError, ValueError):
            return Refused(_NO_SUCH_ADDRESS)
        except (aiosmtplib.SMTPException, OSError):
            return NotTaken()
        return None


def html_of(text: str) -> str:
    """A text as simple HTML: paragraphs, line ends, and links that can be followed."""
    words = [_link(word) for word in escape(text).replace("\n", " <br> ").split(" ")]
    return f"<!doctype html><html><body><p>{' '.join(words)}</p></body></html>"


def _link(word: str) -> str:
    return f'<a href="{word}">{word}</a>' if word.startswith(("https://", "http://")) else word


def _answer(code: int) -> Answer:
    """5xx is for good; anything else asks to come again later."""
    return Refused(code) if 500 <= code < 600 else NotTaken()
