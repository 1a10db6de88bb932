"""The mail server of an installation: where it is, how to speak to it, from which address."""

from urllib.parse import urlsplit

import aiosmtplib

from shared.settings import Settings

_PORTS = {"smtp": 25, "smtps": 465, "smtp+starttls": 587}


class NotConfigured(Exception):
    """The process has no mail server: smtp_url and mail_from belong together, and production needs smtps or
    smtp+starttls."""


class MailServer:
    """A server that takes mail from `sender`; a connection for each mail. Raises NotConfigured."""

    def __init__(self, settings: Settings) -> None:
        if not (settings.smtp_url and settings.mail_from):
            raise NotConfigured
        address = urlsplit(settings.smtp_url)
        if address.scheme not in _PORTS or not address.hostname:
            raise NotConfigured("smtp_url is written smtp+starttls://host:port")
        if settings.env == "production" and address.scheme == "smtp":
            raise NotConfigured("in production the way to the mail server must be encrypted")
        self._host, self._port = address.hostname, address.port or _PORTS[address.scheme]
        self._scheme, self._settings, self.sender = address.scheme, settings, settings.mail_from

    @property
    def domain(self) -> str:
        """The domain of our own messages."""
        return domain_of(self.sender)

    def client(self, patience: float) -> aiosmtplib.SMTP:
        """A client that is not connected yet; it waits `patience` seconds for each answer."""
        password = self._settings.smtp_password
        return aiosmtplib.SMTP(
            hostname=self._host, port=self._port, timeout=patience, use_tls=self._scheme == "smtps",
            start_tls=self._scheme == "smtp+starttls", username=self._settings.smtp_user or None,
            password=password.get_secret_value().decode() if password else None, local_hostname=self.domain,
        )  # fmt: skip


def configured(settings: Settings) -> bool:
    """Whether there is a mail server that may be used."""
    try:
        MailServer(settings)
    except NotConfigured:
        return False
    return True


def domain_of(address: str) -> str:
    """The part of an e-mail address behind the @."""
    return address.rpartition("@")[2]
