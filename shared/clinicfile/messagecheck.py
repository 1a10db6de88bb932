"""Checks of the messages of a clinic file: the plan is whole, and nothing in it says more than it may (domain E.3)."""

from collections.abc import Iterator
from datetime import time

from shared.clinicfile.issues import Issue, Path
from shared.clinicfile.lint import OF_OFFERS, Finding, lint, lint_template
from shared.clinicfile.model import ClinicFile, Messages

OWED = {
    "N01": ("sms",), "N03": ("email",), "N04": ("email",), "N05": ("sms", "email"), "N06": ("sms", "email"),
    "N06C": ("sms", "email"), "N08": ("sms",), "N09": ("sms",), "N11": ("email",), "N12": ("sms",), "N13": ("sms",),
    "N18": ("sms",), "N18H": ("sms", "email"), "N18L": ("sms",),
}  # fmt: skip
"""What every file words, by channel (domain E.1). N06 tells a new time, N06C a cancellation. N18 offers an earlier
time, N18H one that is held instead of a visit, N18L says that somebody else has what N18 offered."""

_ABOUT_OFFERS = ("N18", "N18H", "N18L")
_MAY_BE_WORDED = {"N23": ("sms",), "N24": ("sms",)}
_PORTAL = "https://portal.example.org"
_SAMPLES = {
    "given_name": "Maximiliane", "day": "Wed, Sep 30, 2026", "time": "12:45 PM", "phone": "+12085550142",
    "link": f"{_PORTAL}/v/A1b2C3d4E5f6G7h8I9j0Kk", "was": "Wed Sep 30, 12:45 PM", "until": "Wed Sep 30, 10:45 AM",
}  # fmt: skip


def check_messages(file: ClinicFile) -> list[Issue]:
    """What is missing from the messages, not of the plan, or may not be sent."""
    return [
        *_sender(file.messages),
        *_names(file.messages),
        *_whole(file.messages),
        *_offers(file.messages),
        *_wording(file),
    ]


def _sender(messages: Messages) -> Iterator[Issue]:
    for finding in lint(messages.sender_name, _PORTAL):
        yield Issue(("messages", "sender_name"), f"may not be sent: {finding.code} ({finding.excerpt})", "be neutral")
    if messages.quiet_from > time(21) or messages.quiet_until < time(8):
        yield Issue(("messages", "quiet_from"), "leaves the hours 08:00 to 21:00", "stay inside (domain E.2)")


def _names(messages: Messages) -> Iterator[Issue]:
    known = {f"{plan}.{channel}" for plan, channels in (OWED | _MAY_BE_WORDED).items() for channel in channels}
    for name in messages.templates:
        if name not in known:
            yield Issue(("messages", "templates", name), "is no message of the plan", "use a name such as N05.sms")
    for name in messages.subjects:
        if f"{name}.email" not in known:
            yield Issue(("messages", "subjects", name), "is no e-mail of the plan", "use a name such as N05")


def _whole(messages: Messages) -> Iterator[Issue]:
    for plan, channels in OWED.items():
        for channel in channels:
            if f"{plan}.{channel}" not in messages.templates:
                yield Issue(("messages", "templates"), f"has no {plan}.{channel}", "word it (domain E.1)")
        if "email" in channels and plan not in messages.subjects:
            yield Issue(("messages", "subjects"), f"has no {plan}", "write the subject of that e-mail")


def _offers(messages: Messages) -> Iterator[Issue]:
    """What only an offer has a value for would keep another message from going out."""
    for part, words in (("templates", messages.templates), ("subjects", messages.subjects)):
        for name, text in words.items():
            for placeholder in OF_OFFERS if name.split(".")[0] not in _ABOUT_OFFERS else ():
                if f"{{{placeholder}}}" in text:
                    why = f"has {{{placeholder}}}, which only offers have"
                    yield Issue(("messages", part, name), why, "leave it out")


def _wording(file: ClinicFile) -> Iterator[Issue]:
    messages = file.messages
    place = max((location.address for location in file.locations), key=len)
    samples = {**_SAMPLES, "sender": messages.sender_name, "place": place}
    of_offers = {**samples, "link": f"{_PORTAL}/{file.organisation}/o/{'0' * 32}"}
    texts: list[tuple[Path, str]] = [(("templates", name), text) for name, text in messages.templates.items()]
    texts += [(("subjects", name), text) for name, text in messages.subjects.items()]
    for at, text in texts:
        about_offer = str(at[-1]).split(".")[0] in _ABOUT_OFFERS
        for finding in lint_template(text, of_offers if about_offer else samples, _PORTAL):
            if not _harmless(at, finding):
                yield Issue(
                    ("messages", *at), f"may not be sent: {finding.code} ({finding.excerpt})", "reword it (domain E.3)"
                )


def _harmless(at: Path, finding: Finding) -> bool:
    """Parts are counted in texts; an e-mail may be longer."""
    return finding.code == "TOO_LONG" and str(at[-1]).endswith(".email")
