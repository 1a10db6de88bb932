"""Checks of a whole clinic file beyond the shape of its fields: what must agree with what."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import time

from shared.clinicfile.facts import INDICATIONS
from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.lint import lint, lint_template
from shared.clinicfile.model import ClinicFile, DoseLimits, Opening, Protocol
from shared.clinicfile.policies import SessionPolicy
from shared.clinicfile.rulecheck import check_rule
from shared.events.parts import Modality

_MINUTES = {Modality.IV_MOOD: (40, 90), Modality.IV_PAIN: (120, 240)}
_PLAN_ID = re.compile(r"^N(0[1-9]|1\d|2[0-6])\.(sms|email)$")
_PORTAL = "https://portal.example.org"
_SAMPLES = {
    "given_name": "Maximiliane", "day": "Wed, Sep 30, 2026", "time": "12:45 PM", "phone": "+12085550142",
    "link": f"{_PORTAL}/v/A1b2C3d4E5f6G7h8I9j0Kk",
}  # fmt: skip
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
        *(issue for i, rule in enumerate(file.rules) for issue in check_rule(rule, ("rules", i))),
        *_vitals(file.session),
        *_prices(file),
        *_messages(file),
    ]


def _unique(file: ClinicFile) -> Iterator[Issue]:
    groups: list[tuple[Path, Iterable[str]]] = [
        (("locations",), (location.id for location in file.locations)),
        (("protocols",), (protocol.id for protocol in file.protocols)),
        (("rules",), (rule.id for rule in file.rules)),
        (("kinds",), (kind.id for kind in file.kinds)),
        (("prices", "packages"), (package.id for package in file.prices.packages)),
        (("lead_form", "lines"), (line.id for line in file.lead_form.lines)),
        *((("locations", i, "chairs"), (c.id for c in location.chairs)) for i, location in enumerate(file.locations)),
    ]
    for path, ids in groups:
        for name, count in Counter(ids).items():
            if count > 1:
                yield Issue(path, f"has the id {name} {count} times", "give each its own id")


def _protocol(file: ClinicFile, protocol: Protocol, at: Path) -> Iterator[Issue]:
    if not any(protocol.modality in chair.modalities for place in file.locations for chair in place.chairs):
        yield Issue((*at, "modality"), f"is {protocol.modality}, for which no chair is meant", "add a chair for it")
    for index, name in enumerate(protocol.indications):
        if name not in INDICATIONS:
            yield Issue((*at, "indications", index), "is not known", f"use one of {', '.join(INDICATIONS)}")
    yield from _course(file, protocol, at)
    yield from _dose(protocol, (*at, "dose"))


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
    policy = file.session
    block = policy.checkin_minutes + policy.baseline_minutes + protocol.dose.default_minutes
    block += policy.recovery_minutes + policy.turnover_minutes
    return _minute(hours.closes) - _minute(hours.opens) >= block


def _minute(at: time) -> int:
    return at.hour * 60 + at.minute


def _dose(protocol: Protocol, at: Path) -> Iterator[Issue]:
    dose, (shortest, longest) = protocol.dose, protocol.dose.minutes
    yield from _fixed(dose, at) if dose.unit == "mg" else _by_weight(dose, at)
    if not shortest <= dose.default_minutes <= longest:
        yield Issue((*at, "default_minutes"), "is outside minutes", "put it between shortest and longest")
    low, high = _MINUTES.get(protocol.modality, (1, 24 * 60))
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


def _messages(file: ClinicFile) -> Iterator[Issue]:
    messages = file.messages
    for finding in lint(messages.sender_name, _PORTAL):
        yield Issue(("messages", "sender_name"), f"may not be sent: {finding.code} ({finding.excerpt})", "be neutral")
    if messages.quiet_from > time(21) or messages.quiet_until < time(8):
        yield Issue(("messages", "quiet_from"), "leaves the hours 08:00 to 21:00", "stay inside (domain E.2)")
    place = max((location.address for location in file.locations), key=len)
    samples = {**_SAMPLES, "sender": messages.sender_name, "place": place}
    for name in messages.templates:
        if not _PLAN_ID.match(name):
            yield Issue(("messages", "templates", name), "is no message of the plan", "use a name such as N05.sms")
    texts = [(("messages", "templates", name), text) for name, text in messages.templates.items()]
    texts += [(("messages", "subjects", name), text) for name, text in messages.subjects.items()]
    for at, text in texts:
        for finding in lint_template(text, samples, _PORTAL):
            yield Issue(at, f"may not be sent: {finding.code} ({finding.excerpt})", "reword it (domain E.3)")
