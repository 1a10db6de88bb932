"""Where the story is told: the house of a data folder, with tokens, provider and operator for it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx

from cli import house as folder
from cli.demo.http import House
from cli.demo.operator import Operator
from cli.demo.people import CAST, Cast
from cli.demo.story import Story, Treatment
from cli.standins.sms import SmsStandin
from shared.clinicfile.load import load
from shared.clinicfile.model import ClinicFile
from shared.runtime.advance import Post

LARKSPUR = Path(__file__).parents[2] / "clinics" / "larkspur.yaml"
ROLES = ("frontdesk", "nurse", "clinician", "biller")
SMS_LOG = "sms.jsonl"
Hooks = dict[str, list[Callable[..., Awaitable[None]]]]


@asynccontextmanager
async def story_of(
    data: Path, story_id: UUID, *, file: ClinicFile | None = None, treatment: Treatment | None = None,
    cast: Cast = CAST, patience: float = 30.0, hooks: Hooks | None = None, clocks: Sequence[Post] = (),
) -> AsyncIterator[Story]:  # fmt: skip
    """A story for the house that runs on a data folder, at the clinic of `file` (larkspur unless given).

    `hooks` hear requests and answers, as httpx names them. Time is moved over HTTP, or by `clocks` when the house runs
    in this process.
    """
    file = file or load(LARKSPUR)
    clinic = f"{file.organisation}/{file.clinic}"

    async def texts() -> list[dict[str, Any]]:
        return SmsStandin("", "", data / SMS_LOG).messages

    async with httpx.AsyncClient(timeout=30.0, event_hooks=hooks) as http, folder.services(data, clinic) as services:
        operator = Operator(services, patience, clocks)
        yield Story(
            house=House(http, folder.service_urls(data), story_id, patience),
            staff={role: folder.staff_token(data, clinic, [role]) for role in ROLES},
            clinic=file, clock=operator, texts=texts, apply=lambda: operator.apply(file), cast=cast,
            treatment=treatment or Treatment(),
        )  # fmt: skip
