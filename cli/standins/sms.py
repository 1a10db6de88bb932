"""An SMS provider in Twilio's protocol, for development: `python -m cli.standins.sms`, or `SmsStandin` in a process.

It takes texts, keeps them, lists them, and calls back signed, again when nobody answers; nothing is sent anywhere. The
last four digits of the number say what happens to a text:

    0001  refused: invalid number (21211)         0030  taken, later undelivered: unreachable (30003)
    0004  refused: has opted out (21610)          0031  taken, later failed: has opted out (21610)
    0009  refused: not a mobile number (21614)    0021  not taken, and the connection breaks without an answer
    0020  taken, and the answer is lost           0022  not taken: too many requests (429)
                                                  others  taken and delivered

It shares no code with the service that it is for: the two must agree on the protocol, not on our mistakes.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import os
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import parse_qsl
from uuid import uuid4

import httpx
import structlog
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from shared.runtime.serve import Server, listen, serve_until_told

_REFUSED = {"0001": (21211, "Invalid 'To' number"), "0004": (21610, "Recipient has opted out"),
            "0009": (21614, "'To' number cannot receive texts")}  # fmt: skip
_FATES = {"0030": ("undelivered", 30003), "0031": ("failed", 21610)}
_TRIES, _BETWEEN_TRIES = 60, 0.5
_log = structlog.get_logger("standins.sms")


@dataclass
class Text:
    """One text as the provider keeps it, named as in its JSON."""

    to: str
    sender: str
    body: str
    callback: str | None
    sid: str = field(default_factory=lambda: f"SM{uuid4().hex}")
    status: str = "queued"
    error_code: int | None = None
    created_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    told: bool = False

    def record(self, account: str) -> dict[str, Any]:
        """The Message resource."""
        return {
            "sid": self.sid, "account_sid": account, "api_version": "2010-04-01", "direction": "outbound-api",
            "to": self.to, "from": self.sender, "body": self.body, "status": self.status, "num_segments": "1",
            "error_code": self.error_code, "error_message": None, "date_created": format_datetime(self.created_at),
            "uri": f"/2010-04-01/Accounts/{account}/Messages/{self.sid}.json",
        }  # fmt: skip


class SmsStandin:
    """`url = await standin.start()`, then texts appear in `messages` in the order they were taken; `await stop()`.

    `log`: a file to which every text and every change of status is added as a line of JSON, and which is read again at
    the next start. It holds numbers and texts in the clear, so development only.
    """

    def __init__(self, account: str, token: str, log: Path | None = None) -> None:
        self.account, self._token, self._log = account, token, log
        self.texts: list[Text] = _remembered(log)
        self._callbacks: set[asyncio.Task[None]] = set()
        self._http: httpx.AsyncClient | None = None
        self._server: Server | None = None
        self._serving: asyncio.Task[None] | None = None
        self.app = _app(self)

    @property
    def messages(self) -> list[dict[str, Any]]:
        """Every text that was taken, as the provider's JSON, oldest first."""
        return [text.record(self.account) for text in self.texts]

    async def start(self, port: int = 0) -> str:
        """Listen on this machine; 0 takes a free port. Returns the base URL."""
        listener = listen("127.0.0.1", port)
        self._server = Server(self.app)
        self._serving = asyncio.create_task(self._server.serve([listener]))
        for text in self.texts:
            if not text.told:
                self._tell(text)
        return f"http://127.0.0.1:{listener.getsockname()[1]}"

    async def stop(self) -> None:
        """Stop listening; callbacks under way are dropped."""
        for task in self._callbacks:
            task.cancel()
        if self._server is not None and self._serving is not None:
            self._server.leave()
            await self._serving
        if self._http is not None:
            await self._http.aclose()

    def take(self, text: Text) -> None:
        """Keep a text and, later, call back with how it fared."""
        self.texts.append(text)
        self._remember(text)
        self._tell(text)

    def _tell(self, text: Text) -> None:
        task = asyncio.create_task(self._call_back(text))
        self._callbacks.add(task)
        task.add_done_callback(self._callbacks.discard)

    async def write_back(self, inbound_url: str, sender: str, body: str) -> int:
        """A patient texts: post it, signed, to the webhook at `inbound_url`. Returns the HTTP status."""
        form = {"MessageSid": f"SM{uuid4().hex}", "AccountSid": self.account, "From": sender, "Body": body}
        return await self.post(inbound_url, form)

    def signature(self, url: str, form: dict[str, str]) -> str:
        """`X-Twilio-Signature`."""
        signed = url + "".join(f"{name}{form[name]}" for name in sorted(form))
        return base64.b64encode(hmac.digest(self._token.encode(), signed.encode(), hashlib.sha1)).decode()

    def knows(self, account: str, password: str) -> bool:
        return hmac.compare_digest(f"{account}:{password}", f"{self.account}:{self._token}")

    async def _call_back(self, text: Text) -> None:
        last, code = _FATES.get(text.to[-4:], ("delivered", None))
        for status in ("sent", last):
            text.status, text.error_code = status, code if status == last else None
            self._remember(text)
            if text.callback:
                await self._post_until_heard(text.callback, self._report(text))
        text.told = True
        self._remember(text)

    async def _post_until_heard(self, callback: str, form: dict[str, str]) -> None:
        for _ in range(_TRIES):
            if 0 < await self.post(callback, form) < 500:
                return
            await asyncio.sleep(_BETWEEN_TRIES)

    def _report(self, text: Text) -> dict[str, str]:
        form = {"MessageSid": text.sid, "MessageStatus": text.status, "AccountSid": self.account, "To": text.to,
                "From": text.sender}  # fmt: skip
        return form | ({"ErrorCode": str(text.error_code)} if text.error_code else {})

    async def post(self, url: str, form: dict[str, str]) -> int:
        """Post a signed form to a webhook. Returns the HTTP status, 0 when nobody answers."""
        try:
            self._http = self._http or httpx.AsyncClient(timeout=5.0)
            answer = await self._http.post(url, data=form, headers={"X-Twilio-Signature": self.signature(url, form)})
            return answer.status_code
        except httpx.HTTPError as error:
            _log.warning("webhook not reached", error=type(error).__name__)
            return 0

    def _remember(self, text: Text) -> None:
        if self._log is not None:
            kept = text.__dict__ | {"created_at": text.created_at.isoformat()}
            with self._log.open("a") as file:
                file.write(json.dumps(kept) + "\n")


def _remembered(log: Path | None) -> list[Text]:
    """The texts of an earlier run: of each the last line. A line cut short by a crash is left out."""
    texts: dict[str, Text] = {}
    for line in log.read_text().splitlines() if log is not None and log.exists() else ():
        try:
            kept = json.loads(line)
        except ValueError:
            continue
        texts[kept["sid"]] = Text(**kept | {"created_at": datetime.fromisoformat(kept["created_at"])})
    return list(texts.values())


def _app(standin: SmsStandin) -> FastAPI:
    app = FastAPI(title="SMS stand-in", openapi_url=None)
    basic = HTTPBasic()

    def account(sid: str, given: Annotated[HTTPBasicCredentials, Depends(basic)]) -> None:
        if sid != standin.account or not standin.knows(given.username, given.password):
            raise HTTPException(401, {"code": 20003, "message": "Authenticate", "status": 401})

    path = "/2010-04-01/Accounts/{sid}/Messages.json"

    @app.post(path, dependencies=[Depends(account)])
    async def create(request: Request) -> Response:
        return _create(standin, dict(parse_qsl((await request.body()).decode(), keep_blank_values=True)))

    @app.get(path, dependencies=[Depends(account)])
    async def listed(request: Request) -> Response:
        return JSONResponse(_page(standin, dict(request.query_params)))

    return app


def _create(standin: SmsStandin, form: dict[str, str]) -> Response:
    missing = [name for name in ("To", "From", "Body") if not form.get(name)]
    if missing:
        return _refusal(400, 21604, f"{missing[0]} is required")
    text = Text(form["To"], form["From"], form["Body"], form.get("StatusCallback"))
    number = text.to[-4:]
    if number in _REFUSED:
        return _refusal(400, *_REFUSED[number])
    if number == "0022":
        return _refusal(429, 20429, "Too many requests")
    if number != "0021":
        standin.take(text)
    if number in ("0020", "0021"):
        return _broken_off()
    return JSONResponse(text.record(standin.account), 201)


def _broken_off() -> Response:
    """Less than the length that it announces: the server breaks the connection off."""
    return StreamingResponse(iter(()), 201, {"content-length": "1"}, "application/json")


def _refusal(status: int, code: int, message: str) -> Response:
    more = f"https://www.twilio.com/docs/errors/{code}"
    return JSONResponse({"code": code, "message": message, "more_info": more, "status": status}, status)


def _page(standin: SmsStandin, query: dict[str, str]) -> dict[str, Any]:
    """Newest first, filtered by `To` and `From`, `PageSize` at a time."""
    wanted = [
        m for m in reversed(standin.messages) if all(m[k.lower()] == query[k] for k in ("To", "From") if k in query)
    ]
    size, number = int(query.get("PageSize", 50)), int(query.get("Page", 0))
    shown, more = wanted[number * size : (number + 1) * size], len(wanted) > (number + 1) * size
    path = f"/2010-04-01/Accounts/{standin.account}/Messages.json"
    following = httpx.QueryParams(query | {"PageSize": size, "Page": number + 1})
    return {
        "messages": shown,
        "page": number,
        "page_size": size,
        "next_page_uri": f"{path}?{following}" if more else None,
    }


def main() -> None:
    """Serve on every address, port 8000 or STILLWATER_SMS_PORT, with the account and token of the environment."""
    account, token = os.environ["STILLWATER_SMS_ACCOUNT"], os.environ["STILLWATER_SMS_TOKEN"]
    log = os.environ.get("STILLWATER_SMS_LOG")
    standin = SmsStandin(account, token, Path(log) if log else None)
    port = int(os.environ.get("STILLWATER_SMS_PORT", "8000"))
    asyncio.run(serve_until_told(standin.app, "0.0.0.0", port))  # noqa: S104 -- reached from other containers


if __name__ == "__main__":
    main()
