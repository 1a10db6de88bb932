"""Standing and PRN orders signed beside a dose: which may be, given allergies and facts. Not knowing asks (A.1)."""

from collections.abc import Iterator, Sequence

from services.intake.domain.dosing import Refusal
from services.intake.domain.known import Facts
from shared.clinicfile.lint import folded
from shared.clinicfile.prescribing import StandingOrder
from shared.events.prescribing import StandingOrderContent

NONE_KNOWN = frozenset({"none", "none known", "no known allergies", "no known drug allergies", "nka", "nkda"})
NOT_KNOWN = ("unknown", "not known", "not sure", "?", "desconoc", "no sabe", "no se sabe")
"""How an entry begins that says that somebody does not know."""
LEAST_LETTERS = 4
"""A shorter word is not looked for inside a drug's name: it would be found by chance."""


def known_allergies(recorded: Sequence[str], *, none_stated: bool) -> tuple[str, ...] | None:
    """The allergies that are known, perhaps none; None while nobody said. `none_stated`: asked for this order."""
    named = {folded(allergy) for allergy in recorded} - {""}
    if any(entry.startswith(NOT_KNOWN) for entry in named):
        return None
    if not named and not none_stated:
        return None
    return tuple(sorted(named - NONE_KNOWN))


def contradicts(recorded: Sequence[str]) -> bool:
    """Whether allergies are on record, so that nobody can state that there are none."""
    return known_allergies(recorded, none_stated=True) != ()


def refusals(order: StandingOrder, allergies: Sequence[str] | None, facts: Facts, pointer: str) -> Iterator[Refusal]:
    """Why the order may not be signed for this patient; every reason."""
    if allergies is None:
        yield Refusal(pointer, "ALLERGIES_UNKNOWN", {"drug": order.drug})
    elif allergic(order, allergies):
        yield Refusal(pointer, "ALLERGY_TO_DRUG", {"drug": order.drug})
    for name in order.contraindicating_facts:
        fact = facts.get(name)
        if fact is None:
            yield Refusal(pointer, "FACT_UNKNOWN", {"drug": order.drug, "fact": name})
        elif fact.value:
            yield Refusal(pointer, "CONTRAINDICATED", {"drug": order.drug, "fact": name})


def allergic(order: StandingOrder, allergies: Sequence[str]) -> bool:
    """Whether one of the allergies is to this drug or to a class of it."""
    return any(_names(allergy, order) for allergy in allergies)


def _names(allergy: str, order: StandingOrder) -> bool:
    """Whether an allergy, however it is written, is to this drug or to a class of it."""
    written = folded(allergy)
    meant = [folded(name) for name in (order.drug, *order.names)]
    return any(name in written or (len(written) >= LEAST_LETTERS and written in name) for name in meant)


def content(order: StandingOrder) -> StandingOrderContent:
    """The order as the others hear it."""
    return StandingOrderContent(
        id=order.id, kind=order.kind, drug=order.drug, dose=order.dose, unit=order.unit, route=order.route,
        indication=order.indication, max_per_session=order.max_per_session, max_per_24h=order.max_per_24h,
        min_interval_minutes=order.min_interval_minutes,
    )  # fmt: skip
