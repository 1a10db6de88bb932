"""A command with its outbox row against the same command that tells nobody."""

from functools import partial

from shared.clock import monotonic
from shared.db.unit_of_work import unit_of_work
from shared.ids import new_id
from shared.service import Service
from tests.benchmarks.figures import Figure, by_turns
from tests.benchmarks.ground import Ground
from tests.integration.messaging.kit import caller, signed

COMMANDS, ROUNDS = 60, 9
_ROW = "INSERT INTO effect (event_id, type, key, seq, document) VALUES ($1, 'signed', $2, 1, 'ketamine')"


async def measure(ground: Ground) -> list[Figure]:
    async with ground.service("intake") as service:
        await _rate(service, tells=True)
        ours, plain = await by_turns(partial(_rate, service, tells=True), partial(_rate, service, tells=False), ROUNDS)
    return [Figure("submit", "commands/s", ours, plain, "the same without outbox")]


async def _rate(service: Service, *, tells: bool) -> float:
    began = monotonic()
    for _ in range(COMMANDS):
        await _command(service, tells)
    return COMMANDS / (monotonic() - began)


async def _command(service: Service, tells: bool) -> None:
    """A row, its audit row, and the event about it, in one transaction."""
    event = signed(new_id())
    async with unit_of_work(service, caller()) as uow:
        await uow.sql(_ROW, event.consent_id, event.patient_id)
        await uow.audit("create", "consent", event.consent_id, patient_id=event.patient_id)
        if tells:
            uow.emit(event, key=event.patient_id, subject=event.consent_id, clinic_id=None)
