"""What a patient needs of a chair, and in which language somebody has to interpret (domain D.2).

Both are hard rules wherever a seat is chosen. Where nobody has said what is needed of a chair, nothing is guessed: a
person says so in intake, and until then no session is booked.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from services.scheduling.domain.care import Blocker
from services.scheduling.domain.course import Violation
from shared.events.parts import Identity, SeatNeed

_CODES = {need.value: need for need in SeatNeed}
_SAID = {
    "wheelchair": SeatNeed.WHEELCHAIR, "wheelchair user": SeatNeed.WHEELCHAIR, "bariatric": SeatNeed.BARIATRIC,
    "bariatric chair": SeatNeed.BARIATRIC,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Needs:
    """`seat`: every one of these is needed of the chair. `unclear`: what else is needed of it, somebody has to say.

    `language`: somebody has to interpret it; None: nobody has to.
    """

    seat: frozenset[SeatNeed] = frozenset()
    unclear: bool = False
    language: str | None = None

    def met_by(self, able: Collection[SeatNeed]) -> bool:
        """Whether a chair that is able to do so much suits the patient, as far as anybody has said."""
        return self.seat <= {*able}

    @property
    def unseated(self) -> str:
        """Which rule is broken where no seat is free."""
        return "NO_SUITABLE_CHAIR_FREE" if self.seat else "NO_CHAIR_FREE"


NONE = Needs()
_UNCLEAR = Blocker(
    "SEAT_NEEDS_UNCLEAR", "frontdesk",
    "Nobody has said what the patient needs of a chair; say it in intake, as `seat_needs`.", holds_dose=False,
)  # fmt: skip


def needs_of(cards: Sequence[Identity]) -> Needs:
    """The needs of a person with one card or, merged, with several, that of the surviving record first.

    Once somebody has said in the first what is needed of a chair, that alone counts; before, what any card says. It is
    unclear without a card, with words that are no known need, and with a code that is not known here.
    """
    if not cards:
        return Needs(unclear=True)
    told = [_of_card(card) for card in (cards[:1] if cards[0].seat_needs is not None else cards)]
    found = {need for needs in told for need in needs}
    language = next((card.language for card in cards if card.interpreter), None)
    return Needs(frozenset(need for need in found if need is not None), None in found, language)


def _of_card(card: Identity) -> list[SeatNeed | None]:
    """Each need that a card names, None for what nobody understands here. A line counts as a whole or not at all."""
    if card.seat_needs is not None:
        return [_CODES.get(code) for code in card.seat_needs]
    return [_SAID.get(" ".join(line.casefold().split())) for line in card.access_needs]


def unclear_needs(needs: Needs) -> Iterator[Violation]:
    """What stands against any chair."""
    if needs.unclear:
        yield Violation("SEAT_NEEDS_UNCLEAR")


def booking_needs(needs: Needs) -> Iterator[Blocker]:
    """What stands against booking sessions, whatever their time."""
    if needs.unclear:
        yield _UNCLEAR


def seat_blockers(needs: Needs, able: Collection[SeatNeed] | None) -> Iterator[Blocker]:
    """What is to be settled about the booked chair. `able`: what it can do; None: the clinic has no such chair now.

    No dose waits for needs that are unclear: at the chair the nurse sees the patient.
    """
    if needs.unclear:
        yield _UNCLEAR
    if needs.seat and not needs.met_by(able or ()):
        yield Blocker(
            "CHAIR_UNSUITABLE", "frontdesk",
            "The chair does not meet what the patient needs of one; change the chair, or the time.",
        )  # fmt: skip
