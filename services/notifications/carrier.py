"""The SMS provider over HTTP, in Twilio's protocol (domain E.4).

No phone number stands in a URL: texts are looked for in the list of everything we sent, newest first. Whatever is lost
on the way is said as `Lost`, never as a failure.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Any, Self
from uuid import UUID

import httpx
import stamina

from services.notifications.domain.provider import Accepted, Answer, Lost, NotTaken, Refused
from services.notifications.domain.wording import Outgoing
from shared.settings import Settings

STATUS_PATH = "/v1/twilio/status"
PATIENCE = 10.0
_TIMEOUTS = httpx.Timeout(8.0, connect=2.0)
_CLOCKS_DIFFER = timedelta(minutes=1)
_PAGES = 20
_NOT_REACHED = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)


class NotConfigured(Exception):
    """The process has no provider: sms_url, sms_account, sms_token and sms_from belong together."""


def configured(settings: Settings) -> bool:
    """Whether there is a provider."""
    return bool(settings.sms_url and settings.sms_account and settings.sms_token and settings.sms_from)


class Carrier:
    """A client of one account. Use as a context manager."""

    def __init__(self, settings: Settings) -> None:
        account, token, sender = settings.sms_account, settings.sms_token, settings.sms_from
        if not (settings.sms_url and account and token and sender):
            raise NotConfigured
        self._messages = f"/2010-04-01/Accounts/{account}/Messages.json"
        self._from, self._callback_base = sender, settings.sms_callback_base
        auth = httpx.BasicAuth(account, token.get_secret_value())
        self._http = httpx.AsyncClient(base_url=settings.sms_url, auth=auth, timeout=_TIMEOUTS)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def send(self, message_id: UUID, outgoing: Outgoing) -> Answer:
        """Hand over a text, within 10 s. Only failures to connect are tried again here: nothing was sent then."""
        form = {"To": outgoing.to, "From": self._from, "Body": outgoing.text}
        if self._callback_base:
            form["StatusCallback"] = f"{self._callback_base}{STATUS_PATH}?d={message_id}"
        try:
            async with asyncio.timeout(PATIENCE):
                return _answer(await self._post(form))
        except _NOT_REACHED:
            return NotTaken()
        except (httpx.TransportError, TimeoutError):
            return Lost()

    async def find(self, outgoing: Outgoing, since: datetime) -> list[Accepted] | None:
        """What the provider took since then (give or take a minute) with this number and text, newest first; None if
        it did not say."""
        try:
            async with asyncio.timeout(PATIENCE):
                return [_accepted(r) async for r in self._records(since - _CLOCKS_DIFFER) if _is(r, outgoing)]
        except (httpx.HTTPError, TimeoutError, ValueError, KeyError):
            return None

    async def _post(self, form: dict[str, str]) -> httpx.Response:
        async for attempt in stamina.retry_context(on=_NOT_REACHED, attempts=3, wait_initial=0.1, wait_max=1.0):
            with attempt:
                return await self._http.post(self._messages, data=form)
        raise AssertionError("stamina ends with an answer or an error")

    async def _records(self, since: datetime) -> AsyncIterator[dict[str, Any]]:
        address: str | None = f"{self._messages}?PageSize=100"
        for _ in range(_PAGES):
            if address is None:
                return
            answer = (await self._http.get(address)).raise_for_status().json()
            for record in answer["messages"]:
                if parsedate_to_datetime(record["date_created"]) < since:
                    return
                yield record
            address = answer.get("next_page_uri")
        raise ValueError("more was sent since than is looked through")


def _is(record: dict[str, Any], outgoing: Outgoing) -> bool:
    """Providers may put something in front of a text (trial accounts do)."""
    return record["to"] == outgoing.to and str(record["body"]).endswith(outgoing.text)


def _accepted(record: dict[str, Any]) -> Accepted:
    code = record.get("error_code")
    return Accepted(str(record["sid"]), str(record["status"]), int(code) if code else None)


def _answer(response: httpx.Response) -> Answer:
    """400 is about this text; other refusals are about the account or the pace, and the text waits. A server's error
    says nothing about whether it has the text."""
    if response.status_code == httpx.codes.BAD_REQUEST:
        return Refused(_code(response))
    if 300 <= response.status_code < 500:
        return NotTaken()
    if response.is_success:
        return _taken(response)
    return Lost()


def _taken(response: httpx.Response) -> Answer:
    try:
        return _accepted(response.json())
    except (ValueError, KeyError, TypeError):
        return Lost()


def _code(response: httpx.Response) -> int:
    try:
        return int(response.json()["code"])
    except (ValueError, KeyError, TypeError):
        return response.status_code
