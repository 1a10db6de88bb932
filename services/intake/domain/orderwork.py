"""An order is doubted, since a measurement that its dose was computed from was corrected: a clinician looks at it."""

from collections.abc import Callable, Iterator, Mapping
from uuid import UUID

from services.intake.domain.worklist import Effect, Kind, Told
from shared.events import Event
from shared.events.intake import OrderDoubted, OrderSigned
from shared.ids import derived_id


def _doubted(told: Told) -> Iterator[Effect]:
    """Due when the next session starts; it goes when an order of the protocol is signed, or by hand."""
    doubted: OrderDoubted = told.event
    yield Effect(
        Kind.ORDER_DOUBTED, _subject(told, told.open("doubt").protocol), doubted.order_id, due_at=doubted.look_by,
        facts={"revoked": doubted.revoked},
    )  # fmt: skip


def _signed(told: Told) -> Iterator[Effect]:
    """A clinician has computed the dose anew."""
    subject = _subject(told, told.open("order").protocol)
    yield Effect(Kind.ORDER_DOUBTED, subject, told.event.order_id, done=True)


def _subject(told: Told, protocol: str) -> UUID:
    """A patient has one order of a protocol at a clinic."""
    return derived_id(told.event.patient_id, f"order:{told.clinic_id}:{protocol}")


ORDER_EFFECTS: Mapping[type[Event], Callable[[Told], Iterator[Effect]]] = {
    OrderDoubted: _doubted,
    OrderSigned: _signed,
}
