"""Checks of a whole clinic file beyond the shape of its fields: what must agree with what."""

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import time

from shared.clinicfile.agelimits import SAID_BY_RULES, check_age_limits
from shared.clinicfile.crisiswords import plain
from shared.clinicfile.examples import check_examples
from shared.clinicfile.facts import INDICATIONS, VOCABULARY
from shared.clinicfile.formcheck import check_form
from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.leads import check_lead_form
from shared.clinicfile.looser import check_looser
from shared.clinicfile.medicines import check_medicines
from shared.clinicfile.messagecheck import check_messages
from shared.clinicfile.model import ClinicFile, DoseLimits, Opening, Protocol
from shared.clinicfile.oncall import check_on_call
from shared.clinicfile.policies import SessionPolicy
from shared.clinicfile.rulecheck import check_moved, check_parameter, check_rule
from shared.events.parts import Modality

_A_DAY = 24 * 60
_MINUTES = {
    Modality.IV_MOOD: (40, 90), Modality.IV_PAIN: (120, 240),
    Modality.SPRAVATO_TRD: (120, _A_DAY), Modality.SPRAVATO_MDSI: (120, _A_DAY),
}  # fmt: skip
_SPRAY = (Modality.SPRAVATO_TRD, Modality.SPRAVATO_MDSI)
_LONGEST_MAINTENANCE = 91
_SHORTEST_WORD = 4
_ASCENDING = (
    ("hold_systolic", "cancel_systolic"), ("hold_diastolic", "cancel_diastolic"),
    ("warn_systolic", "critical_systolic"), ("warn_diastolic", "critical_diastolic"), ("critical_spo2", "warn_spo2"),
    ("critical_respiratory_rate", "warn_respiratory_rate"),
)  # fmt: skip


def check(file: ClinicFile) -> list[Issue]:
    """Every mistake that needs more than one field, or the fact vocabulary, to be seen."""
    return [
        *_unique(file),
        *(issue for i, p in enumerate(file.protocols) for issue in _protocol(file, p, ("protocols", i))),
        *_rules(file),
        *(issue for i, form in enumerate(file.forms) for issue in check_form(form, ("forms", i))),
        *_languages(file),
        *check_medicines(file.medicines, file.diazepam_equivalents),
        *_ages(file),
        *_vitals(file.session),
        *_site(file),
        *_prescribing(file),
        *_prices(file),
        *check_lead_form(file),
        *check_on_call(file),
        *_crisis_words(file),
        *check_messages(file),
    ]


def _ages(file: ClinicFile) -> Iterator[Issue]:
    for section in SAID_BY_RULES:
        yield from check_age_limits(section, getattr(file, section), file.parameters, file.rule_changes)


def _unique(file: ClinicFile) -> Iterator[Issue]:
    groups: list[tuple[Path, Iterable[str]]] = [
        (("locations",), (location.id for location in file.locations)),
        (("protocols",), (protocol.id for protocol in file.protocols)),
        (("parameters",), (parameter.id for parameter in file.parameters)),
        (("rules",), (rule.id for rule in file.rules)),
        (("medicines",), (medicine.id for medicine in file.medicines)),
        (("forms",), (form.id for form in file.forms)),
        (("consents",), (document.code for document in file.consents)),
        (("prescribing", "standing_orders"), (order.id for order in file.prescribing.standing_orders)),
        (("kinds",), (kind.id for kind in file.kinds)),
        (("prices", "packages"), (package.id for package in file.prices.packages)),
        (("lead_form", "lines"), (line.id for line in file.lead_form.lines)),
        *((("locations", i, "chairs"), (c.id for c in location.chairs)) for i, location in enumerate(file.locations)),
    ]
    for path, ids in groups:
        for name, count in Counter(ids).items():
            if count > 1:
                yield Issue(path, f"has the id {name} {count} times", "give each its own id")


def _rules(file: ClinicFile) -> list[Issue]:
    """Each rule by itself; then, if they are sound, what the clinic's changes make of them."""
    known = {parameter.id: parameter for parameter in file.parameters}
    issues = [
        *(issue for i, one in enumerate(file.parameters) for issue in check_parameter(one, ("parameters", i))),
        *(issue for i, rule in enumerate(file.rules) for issue in check_rule(rule, ("rules", i), known)),
    ]
    issues = issues or list(check_looser(file)) or list(_moved(file))
    return issues or check_examples(file.examples, file.rules_in_force)


def _moved(file: ClinicFile) -> Iterator[Issue]:
    in_force = {rule.id: rule for rule in file.rules_in_force}
    for index, change in enumerate(file.rule_changes):
        for rule in file.rules:
            if change.parameter in rule.parameters and rule.id in in_force:
                yield from check_moved(in_force[rule.id], ("rule_changes", index, "value"))


def _protocol(file: ClinicFile, protocol: Protocol, at: Path) -> Iterator[Issue]:
    if not any(protocol.modality in chair.modalities for place in file.locations for chair in place.chairs):
        yield Issue((*at, "modality"), f"is {protocol.modality}, for which no chair is meant", "add a chair for it")
    for index, name in enumerate(protocol.indications):
        if name not in INDICATIONS:
            yield Issue((*at, "indications", index), "is not known", f"use one of {', '.join(INDICATIONS)}")
    yield from _consents(file, protocol, at)
    yield from _course(file, protocol, at)
    yield from _maintenance(protocol, at)
    yield from _spray(protocol, at)
    yield from _dose(protocol, (*at, "dose"))


def _consents(file: ClinicFile, protocol: Protocol, at: Path) -> Iterator[Issue]:
    """Nobody is treated without having consented to it (SCR-071, H.6)."""
    if not file.consents_for(protocol):
        yield Issue(
            at, "needs no consent at all", f"name {protocol.modality} in required_for of one of the file's consents"
        )
    for index, code in enumerate(protocol.consents):
        if file.consent(code) is None:
            known = ", ".join(document.code for document in file.consents)
            yield Issue((*at, "consents", index), f"{code} is none of the file's consents", f"use one of {known}")


def _maintenance(protocol: Protocol, at: Path) -> Iterator[Issue]:
    days = protocol.maintenance_after_days
    if days is not None and not 1 <= days <= _LONGEST_MAINTENANCE:
        yield Issue(
            (*at, "maintenance_after_days"), f"is outside 1 to {_LONGEST_MAINTENANCE}", "stay inside, or leave it out"
        )


def _spray(protocol: Protocol, at: Path) -> Iterator[Issue]:
    """A spray is dosed in devices and only given to enrolled patients at a certified site (domain H.5)."""
    spray = protocol.modality in _SPRAY
    if spray != (protocol.dose.unit == "mg"):
        yield Issue(
            (*at, "dose", "unit"), f"does not fit {protocol.modality}", "use mg for sprays and for nothing else"
        )
    if spray != protocol.rems:
        yield Issue((*at, "rems"), f"does not fit {protocol.modality}", "set it for sprays and for nothing else")


def _site(file: ClinicFile) -> Iterator[Issue]:
    """What needs a certified site cannot be booked without its number (domain H.5)."""
    needing = [protocol.id for protocol in file.protocols if protocol.rems]
    if needing and file.rems_site is None:
        yield Issue(
            ("rems_site",), f"is missing, and {', '.join(needing)} has rems: true",
            "write the number under which the site is certified, or leave the protocol out",
        )  # fmt: skip


def _languages(file: ClinicFile) -> Iterator[Issue]:
    """Nobody fills an instrument in alone in a language in which nobody says that it is validated (B.1)."""
    for form in file.forms:
        if form.instrument and form.instrument not in file.instrument_languages:
            yield Issue(
                ("instrument_languages", form.instrument), f"is missing, and the form {form.id} asks that instrument",
                "declare the languages in which it is validated, such as [en]; with [] only staff fills it in",
            )  # fmt: skip


def _prescribing(file: ClinicFile) -> Iterator[Issue]:
    """Standing orders ask for facts that are yes or no, and keep within a day what they allow in a session."""
    for i, order in enumerate(file.prescribing.standing_orders):
        at: Path = ("prescribing", "standing_orders", i)
        for j, name in enumerate(order.contraindicating_facts):
            if name not in VOCABULARY or VOCABULARY[name].type != "bool":
                yield Issue((*at, "contraindicating_facts", j), "is no fact that is yes or no", "see docs/facts.md")
        if order.max_per_session > order.max_per_24h:
            yield Issue((*at, "max_per_session"), "is more than max_per_24h", "correct one of the two")


def _course(file: ClinicFile, protocol: Protocol, at: Path) -> Iterator[Issue]:
    course = protocol.course
    if course.window_days[0] > course.window_days[1]:
        yield Issue((*at, "course", "window_days"), "ends before it begins", "write [shortest, longest]")
    if course.min_gap_hours > course.max_gap_days * 24:
        yield Issue((*at, "course", "min_gap_hours"), "is longer than max_gap_days", "correct one of the two")
    long_enough = {
        day for place in file.locations for day, hours in place.hours.items() if _fits(file, protocol, hours)
    }
    for index, pattern in enumerate(course.patterns):
        if missing := [day for day in pattern if day not in long_enough]:
            place = (*at, "course", "patterns", index)
            yield Issue(place, f"has {', '.join(missing)}, when no location is open long enough", "use other days")
        if len(set(pattern)) != len(pattern) or not pattern:
            yield Issue((*at, "course", "patterns", index), "names no day or one day twice", "name each day once")


def _fits(file: ClinicFile, protocol: Protocol, hours: Opening) -> bool:
    """Whether a block fits into the opening hours; the minutes of a spray are its whole observation (domain D.2)."""
    policy = file.session
    block = policy.checkin_minutes + policy.baseline_minutes + protocol.dose.default_minutes
    block += policy.turnover_minutes + (0 if protocol.dose.unit == "mg" else policy.recovery_minutes)
    return _minute(hours.closes) - _minute(hours.opens) >= block


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _dose(protocol: Protocol, at: Path) -> Iterator[Issue]:
    dose, (shortest, longest) = protocol.dose, protocol.dose.minutes
    yield from _fixed(dose, at) if dose.unit == "mg" else _by_weight(dose, at)
    if not shortest <= dose.default_minutes <= longest:
        yield Issue((*at, "default_minutes"), "is outside minutes", "put it between shortest and longest")
    low, high = _MINUTES[protocol.modality]
    if not low <= shortest <= longest <= high:
        yield Issue((*at, "minutes"), f"is outside {low} to {high} for {protocol.modality}", "stay inside (domain C.2)")


def _by_weight(dose: DoseLimits, at: Path) -> Iterator[Issue]:
    if not dose.min_mg_per_kg <= dose.start_mg_per_kg <= dose.hard_stop_mg_per_kg <= dose.never_above_mg_per_kg:
        yield Issue(at, "has limits out of order", "make min <= start <= hard_stop <= never_above")
    if dose.min_mg_per_kg <= 0 or dose.never_above_mg_per_kg > 2:
        yield Issue(at, "has limits outside 0 to 2.0", "stay inside (domain C.1)")


def _fixed(dose: DoseLimits, at: Path) -> Iterator[Issue]:
    """Doses in whole devices (domain C.1, F.8)."""
    if not dose.fixed_mg or any(mg <= 0 or mg % dose.device_mg for mg in dose.fixed_mg):
        yield Issue((*at, "fixed_mg"), f"is not made of devices of {dose.device_mg} mg", "write doses such as 56, 84")
    if dose.fixed_mg and dose.weekly_limit_mg is not None and dose.weekly_limit_mg < max(dose.fixed_mg):
        yield Issue((*at, "weekly_limit_mg"), "is below a dose of fixed_mg", "allow at least one of each dose")
    if not set(dose.first_fixed_mg) <= set(dose.fixed_mg):
        yield Issue((*at, "first_fixed_mg"), "has a dose that is not in fixed_mg", "use doses of fixed_mg")


def _vitals(session: SessionPolicy) -> Iterator[Issue]:
    for lower, upper in _ASCENDING:
        if getattr(session.vitals, lower) > getattr(session.vitals, upper):
            yield Issue(("session", "vitals", lower), f"is above {upper}", "correct one of the two")


def _prices(file: ClinicFile) -> Iterator[Issue]:
    known = {protocol.id for protocol in file.protocols}
    for missing in sorted(known - set(file.prices.session_cents)):
        yield Issue(("prices", "session_cents"), f"has no price for {missing}", "add one, in cents")
    named: list[tuple[Path, Iterable[str]]] = [
        (("session_cents",), file.prices.session_cents),
        (("drug_cents_per_mg",), file.prices.drug_cents_per_mg),
        *((("packages", i, "protocols"), package.protocols) for i, package in enumerate(file.prices.packages)),
    ]
    for path, names in named:
        for name in names:
            if name not in known:
                yield Issue(("prices", *path, name), "is no protocol of this file", "remove it or correct it")
    yield from _drug_prices(file)
    yield from _prepaid(file)


def _prepaid(file: ClinicFile) -> Iterator[Issue]:
    """What must be paid beforehand can be."""
    sold = [package.protocols for package in file.prices.packages if package.price_cents > 0]
    asked = [one.id for one in file.protocols if file.prices.before_session.prepaid and not one.authorisation]
    for protocol in asked:
        if not any(not protocols or protocol in protocols for protocols in sold):
            yield Issue(
                ("prices", "before_session", "prepaid"), f"is asked for {protocol}, which no package pays for",
                "sell one, of one session or more, or do not ask it",
            )  # fmt: skip


def _drug_prices(file: ClinicFile) -> Iterator[Issue]:
    sprayed = {protocol.id for protocol in file.protocols if protocol.dose.unit == "mg"}
    priced = set(file.prices.drug_cents_per_mg)
    for missing in sorted(sprayed - priced):
        yield Issue(("prices", "drug_cents_per_mg"), f"has no price for {missing}", "add one, in cents for each mg")
    for extra in sorted(priced - sprayed):
        yield Issue(("prices", "drug_cents_per_mg", extra), "is not dosed in mg", "price the session instead")


def _crisis_words(file: ClinicFile) -> Iterator[Issue]:
    """What is too short stands in ordinary words (domain A.6)."""
    for index, word in enumerate(file.safety.crisis_words):
        if len(plain(word)) < _SHORTEST_WORD:
            yield Issue(("safety", "crisis_words", index), "is too short", f"write at least {_SHORTEST_WORD} letters")
