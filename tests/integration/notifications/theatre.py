"""A house with notifications, an SMS provider and a mail server on ports, and webhooks that the provider reaches."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from zoneinfo import ZoneInfo

from cli.standins.mail import MailStandin
from cli.standins.sms import SmsStandin
from services.notifications.app import DEFINITION
from shared.runtime.app import build_app
from shared.runtime.serve import Server, listen
from tests.integration.notifications.scene import Scene
from tests.support.house import House, running
from tests.support.postgres import Postgres

ACCOUNT, TOKEN = "AC00000000000000000000000000000001", "test_auth_token"
ZONE = ZoneInfo("America/Boise")


@dataclass
class Theatre:
    """What all tests of this folder share: starting it costs more than a test does."""

    house: House
    standin: SmsStandin
    post: MailStandin
    webhooks: str
    numbers: Iterator[int]

    async def scene(self) -> Scene:
        """A scene of its own at noon of the clinic, so that no test depends on the hour at which it runs. What earlier
        tests left to become due is forgotten."""
        await self.house.settle()
        await self.house.rows("notifications", "DELETE FROM timer WHERE state = 'DUE' RETURNING kind")
        now = self.house.clock.now()
        local = now.astimezone(ZONE)
        noon = local.replace(hour=12, minute=0, second=0, microsecond=0)
        await self.house.clock.advance((noon if noon > local else noon + timedelta(days=1)) - local)
        said = len(await self.house.envelopes("notifications"))
        own = next(self.numbers)
        number, address = f"+1208555{own}", f"patient{own}@mail.example"
        return Scene(self.house, self.standin, self.post, self.webhooks, number, address, self.house.clock.now(), said)


@asynccontextmanager
async def playing(postgres: Postgres, broker: str) -> AsyncIterator[Theatre]:
    """Notifications, its provider, and its webhooks on a port."""
    standin, post, listener = SmsStandin(ACCOUNT, TOKEN), MailStandin(), listen("127.0.0.1", 0)
    webhooks = f"http://127.0.0.1:{listener.getsockname()[1]}"
    settings = {
        "sms_url": await standin.start(), "sms_account": ACCOUNT, "sms_token": TOKEN, "sms_from": "+12085550100",
        "sms_callback_base": webhooks, "smtp_url": await post.start(), "mail_from": "visits@clinic.example",
    }  # fmt: skip
    async with running([DEFINITION], postgres, broker, settings={"notifications": settings}) as house:
        server = Server(build_app(DEFINITION, house.services["notifications"]))
        serving = asyncio.create_task(server.serve([listener]))
        yield Theatre(house, standin, post, webhooks, count(2000))
        await standin.stop()
        await post.stop()
        server.leave()
        await serving
