"""The direct way to whoever is on call, by mail server or webhook, past Kafka and notifications.

Bounded in time. Whatever is not plainly taken is sent again by whoever asked: somebody may be paged twice, never not.
"""

import asyncio
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as WIRE
from types import TracebackType
from typing import Self

import aiosmtplib
import httpx

from shared.clock import wall_now
from shared.mailserver import MailServer, configured
from shared.oncall.ladder import Outcome, Page
from shared.settings import Settings

PATIENCE = 20.0
EACH_ANSWER = 8.0
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
_COME_AGAIN = (httpx.codes.REQUEST_TIMEOUT, httpx.codes.TOO_EARLY, httpx.codes.TOO_MANY_REQUESTS)


class Pager:
    """Sends pages; `each_answer` is waited for so many seconds. Use as a context manager.

    Without a mail server `by_mail` is False and no page may go by e-mail.
    """

    def __init__(self, settings: Settings, each_answer: float = EACH_ANSWER) -> None:
        self._each_answer = each_answer
        self.by_mail = configured(settings)
        self._mail = MailServer(settings) if self.by_mail else None
        self._http = httpx.AsyncClient(timeout=each_answer, follow_redirects=False)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def send(self, page: Page) -> Outcome:
        """Send a page, within 20 s."""
        try:
            async with asyncio.timeout(PATIENCE):
                if page.target.channel == "WEBHOOK":
                    return await self._post(page)
                return await self._write(page)
        except TimeoutError:
            return Outcome.LOST

    async def _post(self, page: Page) -> Outcome:
        body = {
            "id": str(page.id), "reference": str(page.reference), "to": page.target.name, "role": page.target.role,
            "text": page.text, "sender": page.sender,
        }  # fmt: skip
        try:
            answer = await self._http.post(page.target.address, json=body, headers={"Idempotency-Key": str(page.id)})
        except _NOT_REACHED:
            return Outcome.NOT_TAKEN
        except (httpx.HTTPError, httpx.InvalidURL):
            return Outcome.LOST
        return _meaning(answer)

    async def _write(self, page: Page) -> Outcome:
        if self._mail is None:
            return Outcome.NOT_TAKEN
        client = self._mail.client(self._each_answer)
        try:
            return await _introduced(client, self._mail.sender, page) or await _handed_over(
                client, _mail(page, self._mail)
            )
        finally:
            client.close()


def _meaning(answer: httpx.Response) -> Outcome:
    """4xx says that it will not be taken however often it is sent, unless it asks to come again."""
    if answer.is_success:
        return Outcome.TAKEN
    for_good = answer.is_client_error and answer.status_code not in _COME_AGAIN
    return Outcome.REFUSED if for_good else Outcome.NOT_TAKEN


async def _introduced(client: aiosmtplib.SMTP, sender: str, page: Page) -> Outcome | None:
    """What a mail server says instead of agreeing to take a page; nothing of it is on its way yet."""
    try:
        await client.connect()
        await client.mail(sender)
        await client.rcpt(page.target.address)
    except aiosmtplib.SMTPRecipientRefused as error:
        return _of_code(error.code)
    except (UnicodeEncodeError, ValueError):
        return Outcome.REFUSED
    except (aiosmtplib.SMTPException, OSError):
        return Outcome.NOT_TAKEN
    return None


async def _handed_over(client: aiosmtplib.SMTP, content: bytes) -> Outcome:
    try:
        code, _ = await client.data(content)
    except aiosmtplib.SMTPDataError as error:
        return _of_code(error.code)
    except (aiosmtplib.SMTPException, OSError):
        return Outcome.LOST
    return Outcome.TAKEN if code < 300 else Outcome.LOST


def _of_code(code: int) -> Outcome:
    """5xx is for good; anything else asks to come again later."""
    return Outcome.REFUSED if 500 <= code < 600 else Outcome.NOT_TAKEN


def _mail(page: Page, server: MailServer) -> bytes:
    message = EmailMessage(policy=WIRE)
    message["From"] = Address(page.sender, addr_spec=server.sender)
    message["To"] = page.target.address
    message["Subject"] = f"{page.sender}: {page.calls}"
    message["Date"] = wall_now()
    message["Message-ID"] = f"<{page.id}@{server.domain}>"
    message["Importance"] = "high"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{page.text}\n\nFor {page.target.name}, {page.target.role}. Reference: {page.reference}\n")
    return message.as_bytes()
