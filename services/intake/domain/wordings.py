"""The texts under which contact is consented to (domain E.2): brand, how often, what it costs, HELP and STOP."""

from typing import Literal, NamedTuple

Channel = Literal["SMS", "EMAIL", "VOICE"]
Purpose = Literal["CARE", "PAYMENT", "MARKETING"]


class Wording(NamedTuple):
    """A consent text and the version that an act names."""

    channel: Channel
    purpose: Purpose
    version: str
    text: str


def wordings(sender: str) -> tuple[Wording, ...]:
    """What a public form shows for its boxes; none of them is needed to be treated."""
    return (
        Wording(
            "SMS", "CARE", "sms-care-1",
            f"{sender} may text me about my appointments and care, up to 8 messages a week. Message and data rates may"
            " apply. Reply HELP for help, STOP to end.",
        ),
        Wording("EMAIL", "CARE", "email-care-1", f"{sender} may e-mail me about my appointments and care."),
        Wording("VOICE", "CARE", "voice-care-1", f"{sender} may call me about my appointments and care."),
    )  # fmt: skip
