"""A mail server for development: takes mail over SMTP, keeps it, delivers it to nobody.

`url = await standin.start()`, then mails appear in `mails` in the order they were taken. What the name before the @ of
the recipient begins with says what happens to a mail:

    refused    no such mailbox (550)                   broken   taken, and the connection breaks without an answer
    busy       come again later (450)                  dropped  the connection breaks when the mail is announced
    others     taken
"""

import asyncio
import json
from dataclasses import dataclass
from email import message_from_string
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from shared.runtime.serve import listen

_MISSING = "550 no such mailbox"
_BUSY = "450 try again later"


@dataclass
class Taken:
    """One mail as it was taken."""

    sender: str
    to: str
    content: str

    @property
    def message(self) -> EmailMessage:
        """The mail, parsed."""
        parsed = message_from_string(self.content, policy=default)
        assert isinstance(parsed, EmailMessage)  # noqa: S101 -- what the default policy makes
        return parsed


class MailStandin:
    """`log`: a file to which every mail is added as a line of JSON, and which is read again at the next start. It holds
    addresses and mails in the clear, so development only."""

    def __init__(self, log: Path | None = None) -> None:
        self._log = log
        self.mails: list[Taken] = _remembered(log)
        self._server: asyncio.Server | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on this machine; 0 takes a free port. Returns the address as `smtp_url`."""
        listener = listen("127.0.0.1", port)
        self._server = await asyncio.get_running_loop().create_server(self._protocol, sock=listener)
        return f"smtp://127.0.0.1:{listener.getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()

    def _protocol(self) -> SMTP:
        return SMTP(_Handler(self), hostname="mail.localhost", enable_SMTPUTF8=False)

    def take(self, mail: Taken) -> None:
        """Keep a mail."""
        self.mails.append(mail)
        if self._log is not None:
            with self._log.open("a") as file:
                file.write(json.dumps(mail.__dict__) + "\n")


class _Handler:
    """What aiosmtpd asks; the names are its."""

    def __init__(self, standin: MailStandin) -> None:
        self._standin = standin

    async def handle_RCPT(  # noqa: N802
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if address.startswith("dropped"):
            _break_off(server)
        if address.startswith(("refused", "busy")):
            return _MISSING if address.startswith("refused") else _BUSY
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        content = envelope.content.decode() if isinstance(envelope.content, bytes) else envelope.content or ""
        for to in envelope.rcpt_tos:
            self._standin.take(Taken(envelope.mail_from or "", to, content))
        if any(to.startswith("broken") for to in envelope.rcpt_tos):
            _break_off(server)
        return "250 taken"


def _break_off(server: SMTP) -> None:
    if isinstance(server.transport, asyncio.WriteTransport):
        server.transport.abort()


def _remembered(log: Path | None) -> list[Taken]:
    """The mails of an earlier run; a line cut short by a crash is left out."""
    mails: list[Taken] = []
    for line in log.read_text().splitlines() if log is not None and log.exists() else ():
        try:
            mails.append(Taken(**json.loads(line)))
        except ValueError:
            continue
    return mails
