"""What keeps a booked session from its dose, as it travels sealed inside an event."""

from datetime import datetime

from shared.events.parts import Part


class OpenBlocker(Part):
    """A blocker's code, the role that can mend it, and until when it should be mended."""

    code: str
    owner: str
    deadline: datetime


class ReadinessDetail(Part):
    """Everything that can be settled before the day and is not. Audience `clinical`."""

    blockers: tuple[OpenBlocker, ...] = ()
