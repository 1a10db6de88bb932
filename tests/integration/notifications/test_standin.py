"""The provider's stand-in speaks its protocol, so that what passes against it passes against the provider."""

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from cli.standins.sms import SmsStandin
from services.notifications.domain.provider import signature

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "test_auth_token"
PATH = f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"


@pytest.fixture
async def standin() -> AsyncIterator[SmsStandin]:
    standin = SmsStandin(ACCOUNT, TOKEN)
    yield standin
    await standin.stop()


@pytest.fixture
async def client(standin: SmsStandin) -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(base_url=await standin.start(), auth=(ACCOUNT, TOKEN)) as client:
        yield client


def text(to: str, body: str = "See you soon.") -> dict[str, str]:
    return {"To": to, "From": "+12085550100", "Body": body}


def test_it_signs_as_the_provider_does() -> None:
    url = "https://clinic.example.org/v1/twilio/status?n=42"
    form = {
        "To": "+15005550006", "MessageStatus": "delivered", "From": "+15005550001", "AccountSid": ACCOUNT,
        "MessageSid": "SM00000000000000000000000000000001",
    }  # fmt: skip
    signed = SmsStandin(ACCOUNT, TOKEN).signature(url, form)
    assert signed == "QELg79j9gGBkF+e9DGyHjLnS1Ak=" == signature(TOKEN, url, form.items())


async def test_it_takes_a_text_and_lists_it(client: httpx.AsyncClient) -> None:
    taken = await client.post(PATH, data=text("+12085552001"))
    assert (taken.status_code, taken.json()["status"]) == (201, "queued")
    (listed,) = (await client.get(PATH)).json()["messages"]
    assert (listed["sid"], listed["to"], listed["body"]) == (taken.json()["sid"], "+12085552001", "See you soon.")


async def test_it_lists_newest_first_filtered_and_in_pages(client: httpx.AsyncClient) -> None:
    for number, to in enumerate(["+12085552001", "+12085552002", "+12085552001", "+12085552001"]):
        await client.post(PATH, data=text(to, str(number)))
    page = (await client.get(PATH, params={"To": "+12085552001", "PageSize": 2})).json()
    rest = (await client.get(page["next_page_uri"])).json()
    assert [message["body"] for message in page["messages"] + rest["messages"]] == ["3", "2", "0"]
    assert rest["next_page_uri"] is None


@pytest.mark.parametrize(
    ("to", "status", "code"),
    [
        ("+12085550001", 400, 21211),
        ("+12085550004", 400, 21610),
        ("+12085550009", 400, 21614),
        ("+12085550022", 429, 20429),
        ("", 400, 21604),
    ],
)
async def test_it_refuses_as_the_number_says(client: httpx.AsyncClient, to: str, status: int, code: int) -> None:
    answer = await client.post(PATH, data=text(to))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert (await client.get(PATH)).json()["messages"] == []


@pytest.mark.parametrize(("to", "taken"), [("+12085550020", 1), ("+12085550021", 0)])
async def test_it_breaks_the_connection_off(
    client: httpx.AsyncClient, standin: SmsStandin, to: str, taken: int
) -> None:
    with pytest.raises(httpx.TransportError):
        await client.post(PATH, data=text(to))
    assert len(standin.texts) == taken


async def test_it_asks_for_the_accounts_token(client: httpx.AsyncClient) -> None:
    assert (await client.get(PATH, auth=(ACCOUNT, "wrong"))).status_code == 401
    assert (await client.post(PATH, data=text("+12085552001"), auth=("AC1", TOKEN))).status_code == 401
    assert (await client.get(PATH.replace("0001/", "0002/"))).status_code == 401


async def test_it_remembers_what_it_took_over_a_restart(tmp_path: Path) -> None:
    log = tmp_path / "texts.jsonl"
    first = SmsStandin(ACCOUNT, TOKEN, log)
    async with httpx.AsyncClient(base_url=await first.start(), auth=(ACCOUNT, TOKEN)) as client:
        await client.post(PATH, data=text("+12085552001"))
    await first.stop()
    with log.open("a") as file:
        file.write('{"sid": "SM1", "cut sho')
    second = SmsStandin(ACCOUNT, TOKEN, log)
    assert [message["sid"] for message in second.messages] == [message["sid"] for message in first.messages]
